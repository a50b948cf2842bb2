import { CONTENTS, lookUp } from './contents.ts';
import { type Dependency, dependencies, type Lock, type LockEntry } from './lock.ts';
import { licenseOf } from './rule.ts';

/** The parts of a CycloneDX 1.5 document that we write and read. */
export interface Bom {
  bomFormat: string;
  specVersion: string;
  serialNumber: string;
  version: number;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version?: string;
  purl?: string;
  licenses?: ({ license: { id: string } } | { expression: string })[];
  components?: Component[];
}

/** Workspaces that do not ship. */
const NOT_SHIPPED = ['e2e', 'bench', 'packages/virtual-host'];

/**
 * The lock file as if there were no development dependencies. `npm sbom --omit dev` leaves out whatever any workspace lists as one,
 * even if another workspace ships it.
 */
export function withoutDevelopment(lock: Lock): Lock {
  const packages = Object.entries(lock.packages).flatMap(([path, entry]): [string, LockEntry][] => {
    const { devDependencies: _, workspaces, ...rest } = entry;
    const isNot = entry.dev === true || NOT_SHIPPED.includes(path) || NOT_SHIPPED.includes(String(entry.resolved));
    if (isNot) return [];
    if (path !== '') return [[path, rest]];
    return [[path, { ...rest, workspaces: workspacesOf(lock) }]];
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** Folders of the workspaces that ship. */
export function workspacesOf(lock: Lock): string[] {
  return Object.keys(lock.packages).filter(
    (path) => path !== '' && !path.includes('node_modules/') && !NOT_SHIPPED.includes(path),
  );
}

/** npm's document with our name, with licences where its metadata have none in SPDX, and with what is compiled into packages. */
export function completed(bom: Bom, lock: Lock): Bom {
  const byId = new Map(dependencies(lock).ships.map((one) => [idOf(one), one]));
  const components = bom.components.map((component) => {
    const one = byId.get(nameAndVersion(component));
    if (one === undefined) return component;
    const license = licenseOf(one) ?? '';
    const inside = (lookUp(CONTENTS, one.name) ?? []).map(({ name, version, license }) => ({
      'bom-ref': `${component['bom-ref']}#${name}`,
      type: 'library',
      name,
      ...(version === null ? {} : { version }),
      licenses: licenses(license),
    }));
    return {
      ...component,
      licenses: licenses(license),
      ...(inside.length === 0 ? {} : { components: inside }),
    };
  });
  const component = { ...bom.metadata.component, name: 'moonshare', type: 'application' };
  return { ...bom, metadata: { ...bom.metadata, component }, components };
}

/** What is wrong with a document, one line each: its form, or that it does not list exactly what ships. */
export function faults(bom: Bom, lock: Lock): string[] {
  const all = [bom.metadata.component, ...bom.components.flatMap((one) => [one, ...(one.components ?? [])])];
  const refs = all.map((one) => one['bom-ref']);
  const listed = new Set(bom.components.map(nameAndVersion));
  const wanted = new Set([
    ...dependencies(lock).ships.map(idOf),
    ...workspacesOf(lock).map((path) => `${lock.packages[path]!.name}@${lock.packages[path]!.version}`),
  ]);
  const known = new Set(refs);
  return [
    ...(bom.bomFormat === 'CycloneDX' && bom.specVersion === '1.5' ? [] : ['it is not CycloneDX 1.5']),
    ...(/^urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(bom.serialNumber)
      ? []
      : ['its serial number is not a UUID']),
    ...refs.filter((ref, at) => refs.indexOf(ref) !== at).map((ref) => `${ref} is listed twice`),
    ...bom.dependencies
      .flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
      .filter((ref) => !known.has(ref))
      .map((ref) => `${ref} is a dependency but is not listed`),
    ...all.filter(({ name, licenses }) => !name || !licenses?.length).map((one) => `${one['bom-ref']} has no licence`),
    ...[...wanted].filter((id) => !listed.has(id)).map((id) => `${id} ships but is not listed`),
    ...[...listed].filter((id) => !wanted.has(id)).map((id) => `${id} is listed but does not ship`),
  ];
}

function licenses(expression: string): NonNullable<Component['licenses']> {
  return /^[\w.-]+$/.test(expression) ? [{ license: { id: expression } }] : [{ expression }];
}

function idOf({ name, version }: Dependency): string {
  return `${name}@${version}`;
}

/** By its package URL, as `name` lacks the scope. */
function nameAndVersion({ purl }: Component): string {
  return decodeURIComponent(purl ?? '').replace(/^pkg:npm\//, '');
}
