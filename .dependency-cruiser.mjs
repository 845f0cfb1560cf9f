/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'app-not-to-worker',
      comment: 'Pages and worker meet at rows, notifications and storage keys. See the README: architecture.',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: '^(worker|bin|tools|test)/' },
    },
    {
      name: 'worker-not-to-app',
      severity: 'error',
      from: { path: '^worker/' },
      to: { path: '^(app|bin|tools|test)/' },
    },
    {
      name: 'core-to-nothing-above',
      comment: 'core is the domain: it knows neither who asks nor who renders.',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(app|worker|bin|tools|test)/' },
    },
    {
      name: 'core-without-framework',
      severity: 'error',
      from: { path: '^(core|worker)/' },
      to: { path: 'node_modules/(next|next-auth|next-intl|react|react-dom)/' },
    },
    {
      name: 'media-and-engines-without-database',
      comment: 'Engines, the pipeline and media work on files and streams alone, so that they run anywhere.',
      severity: 'error',
      from: { path: '^(worker/(engine-contract|engines|pipeline)|core/media)/' },
      to: {
        path: [
          '^core/(db\\.ts|queue/boss\\.ts)$',
          '^prisma/generated/',
          'node_modules/(pg|pg-boss|@prisma)/',
        ],
        reachable: true,
      },
    },
    {
      name: 'pages-not-to-the-database',
      comment:
        'Pages read through the data functions of core; only the health check asks the database itself.',
      severity: 'error',
      from: { path: '^app/', pathNot: '^app/_server/health\\.ts$' },
      to: {
        path: ['^core/db\\.ts$', '^prisma/generated/client\\.ts$', 'node_modules/(pg|pg-boss)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^prisma/generated' },
    exclude: { path: '\\.css$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
}
