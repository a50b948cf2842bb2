import { type OpenApiDocument, openApiDocument } from './document.ts';
import type { Operation } from './operation.ts';
import { docsPage } from './page.ts';

/** The description of the API, for programs and for people. Built on the first request, so that no start waits for it. */
export class ApiDescription {
  readonly #operations: readonly Operation[];
  readonly #of: { version: string; pathPrefix: string };
  #document: OpenApiDocument | undefined;
  #page: string | undefined;

  constructor(operations: readonly Operation[], of: { version: string; pathPrefix: string }) {
    this.#operations = operations;
    this.#of = of;
  }

  get document(): OpenApiDocument {
    this.#document ??= openApiDocument(this.#operations, this.#of);
    return this.#document;
  }

  get page(): string {
    this.#page ??= docsPage(this.document, this.#of.pathPrefix);
    return this.#page;
  }
}
