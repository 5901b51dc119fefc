import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@grpc/grpc-js";

import { type FollowOptions, followChanges } from "./changes.js";
import { callMetadata, openChannel, type TlsOptions } from "./channel.js";
import { AccessService } from "./gen/colloquy/access/v1/access_pb.js";
import type { StreamChangesRequestSchema, StreamChangesResponse } from "./gen/colloquy/changes/v1/changes_pb.js";
import { AgendaService } from "./gen/colloquy/dialogues/v1/agenda_pb.js";
import { DialoguesService } from "./gen/colloquy/dialogues/v1/dialogues_pb.js";
import { OpinionService } from "./gen/colloquy/dialogues/v1/opinion_pb.js";
import { OutcomesService } from "./gen/colloquy/dialogues/v1/outcomes_pb.js";
import { PollsService } from "./gen/colloquy/dialogues/v1/polls_pb.js";
import { SeatsService } from "./gen/colloquy/dialogues/v1/seats_pb.js";
import { StatementsService } from "./gen/colloquy/dialogues/v1/statements_pb.js";
import { EventsService } from "./gen/colloquy/events/v1/events_pb.js";
import { GuestsService } from "./gen/colloquy/registrations/v1/guests_pb.js";
import { InvitationsService } from "./gen/colloquy/registrations/v1/invitations_pb.js";
import { MailingsService } from "./gen/colloquy/registrations/v1/mailings_pb.js";
import { RegistrationsService } from "./gen/colloquy/registrations/v1/registrations_pb.js";
import { Operations } from "./gen/google/longrunning/operations_pb.js";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.js";
import { type CallContext, createServiceClient, type ServiceClient } from "./service_client.js";

/** The services with a feed. */
export type FeedName = "access" | "events" | "registrations" | "dialogues";

/** Options of a client. */
export interface ClientOptions {
  /** `host:port` of the server, or of the proxy before several. */
  server: string;
  /** The whole key, `clq_<id>_<secret>`. Only public events can be read without one. */
  apiKey?: string;
  /**
   * `true` or certificates for TLS, `false` for plaintext. By default TLS, except for loopback. A key sent in
   * plaintext can be read on the way.
   */
  tls?: boolean | TlsOptions;
  /** Addresses of services that run alone and without a proxy in front; `server` for the others. */
  servers?: Partial<Record<FeedName | "operations", string>>;
  /** Milliseconds that a unary call may take with all its attempts, unless it says otherwise; 30,000 by default. */
  timeout?: number;
  /** How failed calls are repeated. */
  retry?: Partial<RetryPolicy>;
}

/**
 * A client of a Colloquy installation. Keep one for the life of the program: its connections are shared by all calls
 * and made anew when they break.
 */
export class ColloquyClient {
  /** Organizers, partners, keys. */
  readonly access: ServiceClient<typeof AccessService>;
  /** Events and sessions. */
  readonly events: ServiceClient<typeof EventsService>;
  /** Registrations, seats, waiting lists. */
  readonly registrations: ServiceClient<typeof RegistrationsService>;
  /** Invitations and imports of guest lists; where registrations are. */
  readonly invitations: ServiceClient<typeof InvitationsService>;
  /** Mailings, deliveries, suppressions; where registrations are. */
  readonly mailings: ServiceClient<typeof MailingsService>;
  /** What guests do with their links; where registrations are. */
  readonly guests: ServiceClient<typeof GuestsService>;
  /** Dialogues and their participants. */
  readonly dialogues: ServiceClient<typeof DialoguesService>;
  /** Statements, moderation, the log of votes; where dialogues are. */
  readonly statements: ServiceClient<typeof StatementsService>;
  /** Agenda and speaker queue; where dialogues are. */
  readonly agenda: ServiceClient<typeof AgendaService>;
  /** Polls; where dialogues are. */
  readonly polls: ServiceClient<typeof PollsService>;
  /** Decisions and action items; where dialogues are. */
  readonly outcomes: ServiceClient<typeof OutcomesService>;
  /** What participants think, and reports; where dialogues are. */
  readonly opinion: ServiceClient<typeof OpinionService>;
  /** What participants do with their links; where dialogues are. */
  readonly seats: ServiceClient<typeof SeatsService>;
  /** Long-running operations. */
  readonly operations: ServiceClient<typeof Operations>;

  readonly #channels = new Map<string, Client>();
  readonly #retry: RetryPolicy;

  constructor(options: ClientOptions) {
    this.#retry = { ...defaultRetryPolicy, ...options.retry };
    const metadata = callMetadata(options.apiKey);
    const context = (name: FeedName | "operations"): CallContext => ({
      channel: this.#channel(options.servers?.[name] ?? options.server, options),
      metadata,
      retry: this.#retry,
      timeout: options.timeout ?? 30_000,
    });
    this.access = createServiceClient(AccessService, context("access"));
    this.events = createServiceClient(EventsService, context("events"));
    this.registrations = createServiceClient(RegistrationsService, context("registrations"));
    this.invitations = createServiceClient(InvitationsService, context("registrations"));
    this.mailings = createServiceClient(MailingsService, context("registrations"));
    this.guests = createServiceClient(GuestsService, context("registrations"));
    this.dialogues = createServiceClient(DialoguesService, context("dialogues"));
    this.statements = createServiceClient(StatementsService, context("dialogues"));
    this.agenda = createServiceClient(AgendaService, context("dialogues"));
    this.polls = createServiceClient(PollsService, context("dialogues"));
    this.outcomes = createServiceClient(OutcomesService, context("dialogues"));
    this.opinion = createServiceClient(OpinionService, context("dialogues"));
    this.seats = createServiceClient(SeatsService, context("dialogues"));
    this.operations = createServiceClient(Operations, context("operations"));
  }

  /**
   * Every change after `request.cursor`, and then every change as it happens, across lost connections. See
   * followChanges.
   */
  streamChanges(
    feed: FeedName,
    request: MessageInitShape<typeof StreamChangesRequestSchema>,
    options: FollowOptions = {},
  ): AsyncGenerator<StreamChangesResponse, void, undefined> {
    return followChanges(this[feed].streamChanges, request, this.#retry, options);
  }

  /** Closes the connections. Calls in flight fail. */
  close(): void {
    for (const channel of this.#channels.values()) channel.close();
  }

  #channel(server: string, { tls }: ClientOptions): Client {
    const open = this.#channels.get(server) ?? openChannel({ server, tls });
    this.#channels.set(server, open);
    return open;
  }
}
