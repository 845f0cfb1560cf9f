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
      name: 'contract-under-all',
      comment: 'What an engine is says nothing of how pictures are read or which engines there are.',
      severity: 'error',
      from: { path: '^worker/engine-contract/' },
      to: { path: '^worker/', pathNot: '^worker/engine-contract/' },
    },
    {
      name: 'pipeline-without-engines',
      comment: 'The pipeline reads and writes media for any engine.',
      severity: 'error',
      from: { path: '^worker/pipeline/' },
      to: { path: '^worker/', pathNot: '^worker/(engine-contract|pipeline)/' },
    },
    {
      name: 'engines-without-each-other',
      comment: 'What several engines need stands in vision, the pipeline or the contract.',
      severity: 'error',
      from: { path: '^worker/engines/(vision|mouth|wav2lip|heygem|command)/' },
      to: { path: '^worker/', pathNot: '^worker/(engine-contract|pipeline|engines/(vision|$1))/' },
    },
    {
      name: 'admin-not-to-portal',
      comment: 'What both show stands in app/_jobs, app/_live and app/_components.',
      severity: 'error',
      from: { path: '^app/admin/' },
      to: { path: '^app/\\(portal\\)/' },
    },
    {
      name: 'no-circles',
      comment: 'Type imports count: who reads a file of a circle has to read all of them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circles-of-folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
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
