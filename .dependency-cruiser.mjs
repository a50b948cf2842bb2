// The import arrows (docs/architecture.md, "The parts, and the arrows"): each package may import these and nothing else of ours.
const ARROWS = {
  'sans-io': [],
  gamestream: ['sans-io'],
  webrtc: ['sans-io', 'bitstream'],
  bitstream: [],
  contract: [],
  actions: ['contract'],
  streamer: ['gamestream', 'webrtc', 'bitstream', 'contract', 'sans-io'],
  tap: ['contract', 'sans-io'],
  mcp: ['api', 'contract'],
  server: ['contract', 'actions', 'api', 'gamestream', 'mcp', 'webrtc', 'sans-io'],
  api: [],
  client: ['contract'],
  react: ['client'],
  web: ['api', 'client', 'contract'],
  'virtual-host': ['gamestream', 'bitstream'],
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(ARROWS).map(([name, allowed]) => ({
      name: `${name}-imports-only-${allowed.join('-') || 'nothing-of-ours'}`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: { path: '^(packages|e2e|bench)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
    })),
    {
      name: 'through-the-public-face',
      comment: 'Another package is entered by its index.ts only, the contract also by what browsers need of it.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/([^/]+/index|contract/browser)\\.ts$'] },
    },
    {
      name: 'no-schemas-in-the-client',
      comment: 'zod would be most of what a page loads.',
      severity: 'error',
      from: { path: '^packages/client/', pathNot: '\\.test\\.ts$' },
      to: { path: ['^packages/contract/index\\.ts$', '^node_modules/zod/'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-test-code-in-products',
      severity: 'error',
      from: { path: '^packages/', pathNot: '(\\.test\\.ts$|/testing/|\\.bench\\.ts$)' },
      to: { path: '(\\.test\\.ts$|/testing/)' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '^node_modules/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
