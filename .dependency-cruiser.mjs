/**
 * Which folder may import which. The table is the architecture: a line here is changed by a decision, not by a
 * convenience. Files of a folder may import each other; unit tests obey their folder's line.
 */
const table = {
  domain: {
    folders: [],
    packages: [],
    builtins: false,
    // What is declared once for API, sidecar and tools is made with a library that it is handed: here are its types.
    typesOfPackages: { '^domain/kernel/schemas/zod\\.ts$': 'zod' },
  },
  platform: { folders: ['domain'] },
  db: { folders: ['domain', 'platform'] },
  commands: { folders: ['domain', 'platform', 'db'] },
  workflows: {
    folders: ['domain'],
    // The workflow sandbox holds nothing else.
    packages: ['@temporalio/workflow', '@temporalio/common'],
    builtins: false,
    typesOf: ['activities'],
    // Agents' calls are for those who make, carry and answer them.
    never: ['^domain/.+-calls\\.ts$', '^domain/kernel/schemas/'],
  },
  activities: { folders: ['domain', 'db', 'commands', 'platform'] },
  api: {
    folders: ['domain', 'db', 'commands', 'platform'],
    files: ['^workflows/.+/[^/]*messages\\.ts$'],
    never: ['^platform/docker/', '^node_modules/(@types/)?dockerode/'],
  },
  workers: { folders: ['domain', 'platform', 'db', 'commands', 'workflows', 'activities', 'sidecar'] },
  // Bundled into one file that runs beside the agents; making that bundle is the worker's, which has packages.
  sidecar: {
    folders: ['domain'],
    // The meter of model calls, which the host's egress shares.
    files: ['^platform/(llm|http)/'],
    packages: ['@modelcontextprotocol/sdk', 'eventsource-parser', 'zod'],
    except: ['^sidecar/bundle\\.ts$'],
  },
  // What others install: it holds nothing of ours and stands on what Node and browsers have. Its build is a program.
  clients: { folders: [], packages: [], builtins: false, except: ['^clients/[^/]+/build\\.ts$'] },
};
const product = Object.keys(table);

/** What the product is about, by chapters: the same folders in every layer and in test/, each holding features. */
export const AREAS = [
  ...[
    'work',
    'crews',
    'people',
    'money',
    'vault',
    'conversations',
    'integrations',
    'knowledge',
    'evidence',
    'instance',
  ],
];
/**
 * What a layer holds beside areas: what every feature of it stands on. `platform`, `workers`, `sidecar` have no areas.
 */
const rooms = {
  domain: ['kernel'],
  db: ['kernel', 'migrations', 'functions', 'outbox'],
  commands: ['engine', 'group-commit', 'kernel'],
  workflows: ['kernel'],
  activities: ['kernel'],
  api: ['http', 'crew-side'],
};

/** Walls inside a layer: `from` imports nothing of `never`, but for `except`. */
const areas = `(${AREAS.join('|')})`;
const walls = [
  { name: 'the-kernel-knows-no-family', from: '^db/kernel/', never: '^db/', except: '^db/kernel/' },
  { name: 'rows-know-no-relay', from: `^db/${areas}/`, never: '^db/outbox/' },
  {
    name: 'the-engine-knows-no-family',
    from: '^commands/engine/',
    never: '^commands/',
    except: '^commands/(engine|kernel)/',
  },
  // What a family's transition brings about in another family is an effect, told through the transaction.
  {
    name: 'families-do-not-command-each-other',
    from: `^commands/${areas}/`,
    never: '^commands/',
    except: '^commands/(engine|kernel|$1)/',
  },
  {
    name: 'what-families-stand-on-knows-none',
    from: '^commands/kernel/',
    never: '^commands/',
    except: '^commands/kernel/',
  },
  {
    name: 'groups-commit-costs-and-entries',
    from: '^commands/group-commit/',
    never: '^commands/',
    except: '^commands/(engine|group-commit|money)/',
  },
  // Whoever opens a database says who answers effects; nobody else asks.
  {
    name: 'effects-are-composed-by-processes',
    from: `^(${product.join('|')})/`,
    fromNot: '^(api/main|workers/process/open-process)\\.ts$',
    never: '^commands/effects\\.ts$',
  },
  { name: 'what-requests-pass-knows-no-feature', from: '^api/http/', never: '^api/', except: '^api/http/' },
  { name: 'the-crew-side-knows-no-feature', from: '^api/crew-side/', never: '^api/', except: '^api/(crew-side|http)/' },
];
/** What tests beside their sources add to their folder's line. */
const testPackages = ['vitest', 'fast-check'];

const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];
const anyOf = (names) => names.map((name) => name.replaceAll('.', '\\.')).join('|');
const packagePath = (names) => `^node_modules/(@types/)?(${anyOf(names)})/`;

const rules = Object.entries(table).flatMap(([folder, allowed]) => {
  const { folders, packages, builtins = true, typesOf = [], files = [], never = [], except = [] } = allowed;
  const { typesOfPackages = {} } = allowed;
  const own = `^(${[folder, ...folders].join('|')})/`;
  const sources = { path: `^${folder}/`, pathNot: except };
  const made = [
    {
      name: `${folder}-imports-folders`,
      comment: `${folder} imports ${folders.length === 0 ? 'no other folder' : folders.join(', ')}`,
      severity: 'error',
      from: { path: `^${folder}/` },
      to: {
        pathNot: [own, ...files, ...typesOf.map((name) => `^${name}/`)],
        dependencyTypesNot: ['core', ...npm],
      },
    },
  ];
  for (const name of typesOf) {
    made.push({
      name: `${folder}-imports-types-of-${name}`,
      comment: `${folder} may \`import type\` from ${name}, never a value`,
      severity: 'error',
      from: sources,
      to: { path: `^${name}/`, dependencyTypesNot: ['type-only', 'type-import'] },
    });
  }
  if (packages) {
    const inSources = { ...sources, pathNot: [...except, ...Object.keys(typesOfPackages), '\\.test\\.ts$'] };
    const inTests = { path: `^${folder}/.*\\.test\\.ts$` };
    for (const [kind, from, names] of [
      ['packages', inSources, packages],
      ['test-packages', inTests, [...packages, ...testPackages]],
    ]) {
      made.push({
        name: `${folder}-imports-${kind}`,
        comment: `${folder} imports ${names.length === 0 ? 'no package' : `of packages only ${names.join(', ')}`}`,
        severity: 'error',
        from,
        to: { dependencyTypes: npm, ...(names.length === 0 ? {} : { pathNot: packagePath(names) }) },
      });
    }
  }
  for (const [path, name] of Object.entries(typesOfPackages)) {
    made.push(
      {
        name: `${folder}-imports-types-of-packages`,
        comment: `${path} imports no package but ${name}`,
        severity: 'error',
        from: { path },
        to: { dependencyTypes: npm, pathNot: packagePath([name]) },
      },
      {
        name: `${folder}-imports-types-of-packages`,
        comment: `${path} may \`import type\` from ${name}, never a value`,
        severity: 'error',
        from: { path },
        to: { dependencyTypes: npm, dependencyTypesNot: ['type-only', 'type-import'] },
      },
    );
  }
  if (!builtins) {
    made.push({
      name: `${folder}-imports-builtins`,
      comment: `${folder} is pure: it imports nothing of Node`,
      severity: 'error',
      from: sources,
      to: { dependencyTypes: ['core'] },
    });
  }
  for (const path of never) {
    made.push({
      name: `${folder}-never-imports`,
      comment: `${folder} never reaches ${path}`,
      severity: 'error',
      from: sources,
      to: { path },
    });
  }
  return made;
});

for (const [layer, shared] of Object.entries(rooms)) {
  rules.push({
    name: 'known-area',
    comment: `${layer}/ holds areas and ${shared.join(', ')}; a new folder beside them is a decision`,
    severity: 'error',
    from: { path: `^${layer}/[^/]+/`, pathNot: `^${layer}/(${[...AREAS, ...shared].join('|')})/` },
    to: {},
  });
}
for (const { name, from, fromNot, never, except } of walls) {
  rules.push({
    name,
    comment: `${from} never imports ${never}`,
    severity: 'error',
    from: { path: from, ...(fromNot === undefined ? {} : { pathNot: fromNot }) },
    to: { path: never, ...(except === undefined ? {} : { pathNot: except }) },
  });
}

export default {
  forbidden: [
    ...rules,
    {
      name: 'known-folder',
      comment: 'a source file outside of the table and of deploy, bench and test has no line that binds it',
      severity: 'error',
      from: { path: '^[^/]+/', pathNot: `^(${[...product, 'deploy', 'bench', 'test'].join('|')})/` },
      to: {},
    },
    {
      name: 'no-cycle',
      comment: 'files that need each other are one idea, or want a third',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-package',
      comment: 'a package that package.json does not list is there by luck',
      severity: 'error',
      // A client's own package.json is for those who install it; its tests run with ours.
      from: { pathNot: '^clients/.*\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-package-in-the-product',
      severity: 'error',
      from: { path: `^(${product.join('|')})/`, pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only', 'type-import'],
        pathNot: '^node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)\\.crewship/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
