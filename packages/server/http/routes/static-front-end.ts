import { realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { MoonshareError } from '@moonshare/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Other front ends have inline scripts, workers and so on, which our strict policy would break. Whoever names the
 * directory vouches for its contents.
 */
const CONTENT_POLICY = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

/** The operator's own front end instead of the web app: its files unchanged, and none from outside its directory. Throws CONFIG_INVALID. */
export async function staticFrontEnd(app: FastifyInstance, directory: string): Promise<void> {
  const root = resolve(directory);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new MoonshareError('CONFIG_INVALID', {
      message: `${root} is not a directory`,
      hint: 'Set MOONSHARE_STATIC_DIR to the directory with the index.html of the front end, or leave it out.',
    });
  }
  if (app.prefix !== '') {
    // Relative URLs in its page need the trailing slash.
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
      // Its own header would overwrite ours.
      cacheControl: false,
    });
  });
}

/** Links out of the directory are not followed. The directory may itself be a link, and may point elsewhere by the next request. */
function isInside(directory: string, path: string): boolean {
  try {
    const real = realpathSync(join(directory, path));
    return `${real}${sep}`.startsWith(`${realpathSync(directory)}${sep}`);
  } catch {
    return false;
  }
}
