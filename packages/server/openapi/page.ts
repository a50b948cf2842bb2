import { ERROR_CAUSES, ERROR_CODES, ERRORS } from '@moonshare/contract';
import type { OpenApiDocument, OpenApiOperation } from './document.ts';
import type { JsonSchema } from './schemas.ts';

/** The document as one page without scripts, for people. `base`: where the API is, path prefix included. */
export function docsPage(document: OpenApiDocument, base: string): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0]!))];
  const sections = tags.map(
    (tag) =>
      `<section id="${tag}"><h2>${tag}</h2>${operations
        .filter(({ operation }) => operation.tags[0] === tag)
        .map(({ path, method, operation }) => operationHtml(method, path, operation))
        .join('')}</section>`,
  );
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${name}"><summary><code>${name}</code></summary>${schemaHtml(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moonshare API</title>
<link rel="stylesheet" href="${escapeHtml(base)}/api/docs.css">
</head>
<body>
<header>
<h1>Moonshare API</h1>
<p>${escapeHtml(document.info.description)} Version ${escapeHtml(document.info.version)}; for programs: <a href="${escapeHtml(base)}/api/openapi.json">openapi.json</a>.</p>
<p>Send <code>Authorization: Bearer &lt;credentials or API token&gt;</code>. <a href="#Errors">Errors</a> have <a href="#schema-Error">one schema</a>: <code>{"error", "code", "hint"}</code>.</p>
<nav>${[...tags, 'Schemas', 'Errors'].map((tag) => `<a href="#${tag}">${tag}</a>`).join(' ')}</nav>
</header>
<main>
${sections.join('\n')}
<section id="Schemas"><h2>Schemas</h2>${schemas.join('\n')}</section>
<section id="Errors"><h2>Errors</h2>${errorsHtml()}</section>
</main>
</body>
</html>
`;
}

/** Each code with its status, why it happens and what to do. */
function errorsHtml(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, message, hint } = ERRORS[code];
    const cells = [message, ERROR_CAUSES[code], hint].map((text) => `<td>${escapeHtml(text)}</td>`);
    return `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td>${cells.join('')}</tr>`;
  });
  const head = ['Code', 'HTTP', 'What happened', 'Why', 'What to do'].map((title) => `<th>${title}</th>`);
  return `<table><tr>${head.join('')}</tr>${rows.join('')}</table>`;
}

function operationHtml(method: string, path: string, operation: OpenApiOperation): string {
  const parameters = operation.parameters.map(
    ({ name, in: where, required, description = '' }) =>
      `<tr><td><code>${name}</code></td><td>${where}${required ? ', required' : ''}</td><td>${escapeHtml(description)}</td></tr>`,
  );
  const body = operation.requestBody?.content['application/json']?.schema;
  const responses = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const [type, media] = Object.entries(content ?? {})[0] ?? [];
    const form = media?.schema === undefined ? escapeHtml(type ?? '') : typeHtml(media.schema);
    return `<tr><td>${status}</td><td>${escapeHtml(description)}</td><td>${form}</td></tr>`;
  });
  return `<details id="${operation.operationId}">
<summary><b class="${method}">${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code> <span>${escapeHtml(operation.summary)}</span></summary>
${operation.description === undefined ? '' : `<p>${escapeHtml(operation.description)}</p>`}
${parameters.length === 0 ? '' : `<h3>Parameters</h3><table>${parameters.join('')}</table>`}
${body === undefined ? '' : `<h3>Body</h3><p>${typeHtml(body)}</p>`}
<h3>Answers</h3><table>${responses.join('')}</table>
</details>`;
}

function schemaHtml(schema: JsonSchema): string {
  const choices = schema.oneOf ?? schema.anyOf;
  const about = schema.description === undefined ? '' : `<p>${escapeHtml(schema.description)}</p>`;
  if (choices?.some(({ properties }) => properties !== undefined)) return about + choices.map(schemaHtml).join('<hr>');
  if (schema.properties === undefined) return `${about}<p>${typeHtml(schema)}</p>`;
  const rows = Object.entries(schema.properties).map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : ' <i>optional</i>';
    const otherwise =
      field.default === undefined ? '' : ` Default: <code>${escapeHtml(JSON.stringify(field.default))}</code>`;
    return `<tr><td><code>${escapeHtml(name)}</code>${optional}</td><td>${typeHtml(field)}</td><td>${escapeHtml(field.description ?? '')}${otherwise}</td></tr>`;
  });
  return `${about}<table>${rows.join('')}</table>`;
}

function typeHtml(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = escapeHtml(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `<code>${escapeHtml(JSON.stringify(value))}</code>`).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeHtml).join(' or ');
  if (schema.items !== undefined) return `list of ${typeHtml(schema.items)}`;
  if (schema.properties !== undefined) return schemaHtml(schema);
  const { minimum, maximum } = schema;
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}..${maximum ?? ''}`;
  return escapeHtml(`${[schema.type ?? 'anything'].flat().join(' or ')}${range}`);
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const DOCS_STYLE = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code { font-size: 0.9em; }
nav a { margin-right: 1rem; }
details { border: 1px solid #8886; border-radius: 6px; margin: 0.5rem 0; padding: 0.5rem 0.75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary span { opacity: 0.75; }
summary b { display: inline-block; min-width: 4.5rem; }
h3 { font-size: 1rem; margin: 0.75rem 0 0.25rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; }
td { border-top: 1px solid #8884; padding: 0.25rem 0.5rem 0.25rem 0; vertical-align: top; overflow-wrap: anywhere; }
`;
