import { type OpenApiDocument, openApiDocument } from './document.ts';
import type { Operation } from './operation.ts';
import { docsPage } from './page.ts';

/** The description of the API, for programs and for people. Built on the first request, so that no start waits for it. */
export class ApiDescription {
  readonly #operations: readonly Operation[];
  readonly #of: { version: string; pathPrefix: string };
  #json: string | undefined;
  #page: string | undefined;

  constructor(operations: readonly Operation[], of: { version: string; pathPrefix: string }) {
    this.#operations = operations;
    this.#of = of;
  }

  /** The OpenAPI document. */
  get json(): string {
    this.#json ??= JSON.stringify(this.#describe());
    return this.#json;
  }

  get page(): string {
    this.#page ??= docsPage(this.#describe(), this.#of.pathPrefix);
    return this.#page;
  }

  #describe(): OpenApiDocument {
    return openApiDocument(this.#operations, this.#of);
  }
}
