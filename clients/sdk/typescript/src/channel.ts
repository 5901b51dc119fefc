// Where to connect to, and how safely.
import { type ChannelOptions, type ChannelCredentials, Client, credentials, Metadata } from "@grpc/grpc-js";

/** Certificates in PEM. */
export interface TlsOptions {
  /** Authorities to trust; the system's if absent. */
  ca?: string | Uint8Array;
  /** This client's certificate and key, where the server asks for one. */
  certificate?: string | Uint8Array;
  key?: string | Uint8Array;
  /** Name to expect in the server's certificate, if it is not the host that is connected to. */
  serverName?: string;
}

/** How to reach one server. */
export interface ChannelSettings {
  /** `host:port`. */
  server: string;
  /** `true` or options for TLS, `false` for plaintext; by default TLS, except for loopback. */
  tls?: boolean | TlsOptions | undefined;
}

export const version = "0.1.0";

/** Whether a `host:port` cannot leave this machine. */
export function isLoopback(server: string): boolean {
  const host = server.replace(/^dns:(\/\/\/)?/, "").replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host) || host.startsWith("unix:");
}

/** Connects lazily: the first call fails where nobody listens, not this. */
export function openChannel(settings: ChannelSettings): Client {
  const tls = settings.tls ?? !isLoopback(settings.server);
  const options: ChannelOptions = {
    "grpc.primary_user_agent": `colloquy-sdk-typescript/${version}`,
    // Calendars of a thousand events are larger than the default of 4 MiB.
    "grpc.max_receive_message_length": 64 << 20,
  };
  if (typeof tls === "object" && tls.serverName) {
    options["grpc.ssl_target_name_override"] = tls.serverName;
    options["grpc.default_authority"] = tls.serverName;
  }
  return new Client(settings.server, channelCredentials(tls), options);
}

/** What every call carries. */
export function callMetadata(apiKey?: string): Metadata {
  const metadata = new Metadata();
  if (apiKey) metadata.set("authorization", `Bearer ${apiKey}`);
  return metadata;
}

function channelCredentials(tls: boolean | TlsOptions): ChannelCredentials {
  if (tls === false) return credentials.createInsecure();
  if (tls === true) return credentials.createSsl();
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.certificate));
}

function pem(content?: string | Uint8Array): Buffer | null {
  return content === undefined ? null : Buffer.from(content);
}
