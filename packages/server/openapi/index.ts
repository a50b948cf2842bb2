export { type OpenApiDocument, type OpenApiOperation, openApiDocument } from './document.ts';
export type { Access, Fields, Operation, Success } from './operation.ts';
export { DOCS_STYLE, docsPage } from './page.ts';
export { type Answered, SENT, type Sent } from './schemas.ts';
