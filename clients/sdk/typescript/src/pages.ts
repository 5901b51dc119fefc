// Lists, page by page or item by item (AIP-158).
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";

import type { CallOptions, UnaryCall } from "./service_client.js";

/** What a page of `R` holds. */
export type Item<R> = {
  [K in keyof R]-?: R[K] extends readonly (infer T)[] ? (T extends { $typeName: string } ? T : never) : never;
}[keyof R];

/** The pages of a list, each asked for when the one before it has been handled. */
export async function* pages<I extends DescMessage, O extends DescMessage>(
  list: UnaryCall<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions = {},
): AsyncGenerator<MessageShape<O>, void, undefined> {
  let pageToken = (request as { pageToken?: string }).pageToken ?? "";
  do {
    const page = await list({ ...request, pageToken } as MessageInitShape<I>, options);
    yield page;
    pageToken = (page as { nextPageToken?: string }).nextPageToken ?? "";
  } while (pageToken !== "");
}

/**
 * The items of a list over all its pages. `options.timeout` is for each page.
 *
 *     for await (const event of items(client.events.listEvents, { parent: "organizers/-" })) …
 */
export async function* items<I extends DescMessage, O extends DescMessage>(
  list: UnaryCall<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions = {},
): AsyncGenerator<Item<MessageShape<O>>, void, undefined> {
  // The list is field 1 of every answer (AIP-158).
  const field = list.desc.output.fields.find((candidate) => candidate.number === 1);
  if (field?.fieldKind !== "list") throw new TypeError(`${list.desc.name} is not a list`);
  for await (const page of pages(list, request, options)) {
    yield* (page as unknown as Record<string, Item<MessageShape<O>>[]>)[field.localName] ?? [];
  }
}
