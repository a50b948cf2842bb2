export { type OpenApiOperation, openApiDocument } from './document.ts';
export { DOCS_STYLE, docsPage } from './page.ts';
