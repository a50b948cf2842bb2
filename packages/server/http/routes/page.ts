import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { MoonshareError } from '@moonshare/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { DOCS_STYLE } from '../../openapi/page.ts';
import { embeddablePolicy } from '../security-headers.ts';
import { staticFrontEnd } from './static-front-end.ts';

/** `config.js` of protocol/4 §1, and the web app in `directory` at `/`, `/s/{id}`, `/vouch` and `/admin`, or the operator's own front end. */
export async function pageRoutes(
  app: FastifyInstance,
  options: {
    directory: string;
    staticDirectory: string | undefined;
    pathPrefix: string;
    allowedOrigins: readonly string[];
  },
): Promise<void> {
  app.get('/config.js', async (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .type('text/javascript; charset=utf-8')
      .send(`export default ${JSON.stringify({ path_prefix: options.pathPrefix })}`),
  );

  app.get('/api/docs.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(DOCS_STYLE));

  if (options.staticDirectory !== undefined) return staticFrontEnd(app, options.staticDirectory);

  const page = async (reply: FastifyReply) => {
    const html = await readFile(join(options.directory, 'index.html'), 'utf8').catch((cause) => {
      throw new MoonshareError('NOT_FOUND', {
        message: 'The web app is not built',
        hint: 'Run npm run build, then reload this page.',
        cause,
      });
    });
    return reply
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(html.replace('<head>', `<head><base href="${options.pathPrefix}/">`));
  };
  app.get('/', (_request, reply) => page(reply));
  app.get('/index.html', (_request, reply) => page(reply));
  app.get('/s/:id', (_request, reply) => page(reply));
  app.get('/embed/:id', (_request, reply) =>
    page(reply.header('content-security-policy', embeddablePolicy(options.allowedOrigins))),
  );
  app.get('/vouch', (_request, reply) => page(reply));
  app.get('/admin', (_request, reply) => page(reply));

  await app.register(async (scope) => {
    scope.addHook('onSend', async (request, reply) => {
      // Names in assets/ contain a hash of the content.
      const isHashed = reply.statusCode < 400 && request.url.startsWith(`${options.pathPrefix}/assets/`);
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    });
    // Its own header would overwrite ours.
    await scope.register(fastifyStatic, {
      root: options.directory,
      index: false,
      decorateReply: false,
      cacheControl: false,
      // Copies that the build made; each has an ETag of its own.
      preCompressed: true,
    });
  });
}
