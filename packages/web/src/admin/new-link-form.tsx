import type { CreateLink } from '@moonshare/api';
import type { Role } from '@moonshare/contract';
import { useAction, useAdmin } from './context.ts';
import { ROLES } from './format.ts';
import { ProblemNote } from './problem-note.tsx';

const HOUR = 3600;
const TERMS = [
  { seconds: HOUR, name: '1 hour' },
  { seconds: 8 * HOUR, name: '8 hours' },
  { seconds: 24 * HOUR, name: '1 day' },
  { seconds: 7 * 24 * HOUR, name: '7 days' },
  { seconds: 30 * 24 * HOUR, name: '30 days' },
];

/** What a new link allows. The fields keep their values if the server refuses. */
export function NewLinkForm({ make }: { make: (request: CreateLink) => Promise<void> }) {
  const { session } = useAdmin();
  const making = useAction(session);
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void making.run(async () => {
      await make(requestOf(new FormData(form)));
      for (const name of ['pin', 'max_uses', 'name']) (form.elements.namedItem(name) as HTMLInputElement).value = '';
    });
  };
  return (
    <form class="new-link" onSubmit={onSubmit}>
      <RoleField />
      <label>
        Valid for
        <select name="expires_in">
          {TERMS.map(({ seconds, name }) => (
            <option key={seconds} value={seconds} selected={seconds === 24 * HOUR}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        PIN
        <input
          name="pin"
          inputMode="numeric"
          pattern="\d{4,12}"
          title="4 to 12 digits"
          placeholder="none"
          autocomplete="off"
          maxLength={12}
        />
      </label>
      <label>
        Browser limit
        <input name="max_uses" type="number" min={1} max={100_000} placeholder="unlimited" />
      </label>
      <label>
        Name
        <input
          name="name"
          maxLength={64}
          placeholder="theirs"
          title="What people who use it are called"
          autocomplete="off"
        />
      </label>
      <button type="submit" disabled={making.busy.value}>
        Create link
      </button>
      <ProblemNote problem={making.problem.value} />
    </form>
  );
}

export function RoleField() {
  return (
    <label>
      Access
      <select name="role">
        {Object.entries(ROLES).map(([role, name]) => (
          <option key={role} value={role}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What was chosen in the `RoleField` of a form; the server checks it. */
export function roleOf(fields: FormData): Role {
  return fields.get('role') as Role;
}

/** Empty fields are left out. */
function requestOf(fields: FormData): CreateLink {
  const pin = String(fields.get('pin') ?? '').trim();
  const name = String(fields.get('name') ?? '').trim();
  const uses = String(fields.get('max_uses') ?? '');
  return {
    role: roleOf(fields),
    expires_in: Number(fields.get('expires_in')),
    ...(pin === '' ? {} : { pin }),
    ...(name === '' ? {} : { name }),
    ...(uses === '' ? {} : { max_uses: Number(uses) }),
  };
}
