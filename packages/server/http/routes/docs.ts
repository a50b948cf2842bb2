import { route } from '../route.ts';

/** The description of the API, for programs and for people. Public: it reveals nothing about this server. */
export const DOCS_ROUTES = [
  route({
    method: 'GET',
    path: '/api/openapi.json',
    access: 'public',
    tag: 'Operations',
    summary: 'This description',
    answer: { status: 200, type: 'application/json' },
    handler: ({ services, reply }) => reply.type('application/json; charset=utf-8').send(services.description.json),
  }),
  route({
    method: 'GET',
    path: '/api/docs',
    access: 'public',
    tag: 'Operations',
    summary: 'This description, for people',
    answer: { status: 200, type: 'text/html' },
    handler: ({ services, reply }) => reply.type('text/html; charset=utf-8').send(services.description.page),
  }),
];
