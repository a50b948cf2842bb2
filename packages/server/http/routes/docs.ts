import type { FastifyInstance } from 'fastify';
import { DOCS_STYLE, docsPage, openApiDocument } from '../../openapi/index.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** The description of the API, for programs and for people. Open: it tells nothing about this server. */
export function docsRoutes(app: FastifyInstance, { pathPrefix }: { pathPrefix: string }): void {
  const document = openApiDocument({ version: packageJson.version, pathPrefix });
  const page = docsPage(document, pathPrefix);

  app.get('/api/openapi.json', async () => document);

  app.get('/api/docs', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page));

  app.get('/api/docs.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(DOCS_STYLE));
}
