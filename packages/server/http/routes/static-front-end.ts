import { realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { MoonshareError } from '@moonshare/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Front ends of others have inline scripts, workers and what not: our strict policy would break them. Who names the
 * directory vouches for what is in it.
 */
const CONTENT_POLICY = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

/** A front end of the operator's own in place of the web app: its files as they are, and none from outside of it. Throws CONFIG_INVALID. */
export async function staticFrontEnd(app: FastifyInstance, directory: string): Promise<void> {
  const root = resolve(directory);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new MoonshareError('CONFIG_INVALID', {
      message: `${root} is not a directory`,
      hint: 'Set MOONSHARE_STATIC_DIR to the directory with the index.html of the front end, or leave it out.',
    });
  }
  if (app.prefix !== '') {
    // Relative addresses in its page need the slash at the end.
    const handler = (_request: unknown, reply: FastifyReply) => reply.redirect(`${app.prefix}/`);
    app.route({ method: 'GET', url: '/', prefixTrailingSlash: 'no-slash', handler });
  }
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('content-security-policy', CONTENT_POLICY).header('cache-control', 'no-cache');
    });
    await scope.register(fastifyStatic, {
      root,
      allowedPath: (path) => isInside(root, path.endsWith('/') ? `${path}index.html` : path),
      decorateReply: false,
      dotfiles: 'ignore',
      redirect: true,
      // Its own header would go over ours.
      cacheControl: false,
    });
  });
}

/** Links lead nowhere outside. The directory may be a link itself, and lead to another one by the next request. */
function isInside(directory: string, path: string): boolean {
  try {
    const real = realpathSync(join(directory, path));
    return `${real}${sep}`.startsWith(`${realpathSync(directory)}${sep}`);
  } catch {
    return false;
  }
}
