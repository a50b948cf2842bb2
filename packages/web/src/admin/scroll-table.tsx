import type { ComponentChildren } from 'preact';
import type { Action } from './context.ts';

export interface Heading {
  name: string;
  title?: string;
  class?: string;
}

/** A table as wide as it needs to be, which scrolls where it does not fit. `action`: what the buttons at the end of its rows do; null: none. */
export function ScrollTable(table: {
  label: string;
  headings: readonly Heading[];
  action: string | null;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="scroll" tabIndex={0} aria-label={table.label}>
      <table>
        <thead>
          <tr>
            {table.headings.map(({ name, ...attributes }) => (
              <th key={name} scope="col" {...attributes}>
                {name}
              </th>
            ))}
            {table.action !== null && <th class="last" aria-label={table.action} />}
          </tr>
        </thead>
        <tbody>{table.children}</tbody>
      </table>
    </section>
  );
}

/** The last cell of a row: a button that ends something on the server. `about`: which one, for screen readers. */
export function RowButton(button: { name: string; about: string; action: Action; run: () => Promise<void> }) {
  const { name, about, action, run } = button;
  return (
    <td class="last">
      <button type="button" class="danger small" disabled={action.busy.value} onClick={() => void action.run(run)}>
        {name}
        <span class="hidden"> {about}</span>
      </button>
    </td>
  );
}
