const LOCAL_CLOUD = 'lib/local-cloud';
const below = (...rooms) => rooms.map((room) => `${LOCAL_CLOUD}/${room}`);
const MODEL = ['account', 'store'];
const HTTP = ['http', ...MODEL];

/** Rooms of the local cloud, each with those of them that it may import from. */
const SERVERS = {
  store: [],
  account: ['store'],
  http: MODEL,
  openapi: HTTP,
  'oss-http': HTTP,
  'mq-http': HTTP,
  'mns-http': HTTP,
  dla: MODEL,
  rocketmq: HTTP,
  terraform: MODEL,
  console: HTTP,
  server: ['console', 'terraform', 'rocketmq', 'dla', 'mns-http', 'mq-http', 'oss-http', 'openapi', ...HTTP],
};

/** Which room may import from which others. What is not told here, no room may do. */
exports.ARROWS = {
  'lib/cloud': [],
  'lib/bundled': [],
  'lib/cli': [],
  'lib/provider-schema': ['lib/cloud'],
  'lib/constructs': ['lib/provider-schema', 'lib/cloud', 'lib/cli'],
  'lib/check-plan': ['lib/smoke', 'lib/cloud', 'lib/cli'],
  'lib/smoke': ['lib/provider-schema', 'lib/cloud', 'lib/cli', 'lib/bundled'],
  ...Object.fromEntries(
    Object.entries(SERVERS).map(([room, others]) => [
      `${LOCAL_CLOUD}/${room}`,
      [...below(...others), 'lib/provider-schema', 'lib/cloud', 'lib/cli', 'lib/bundled'],
    ]),
  ),
  lib: ['lib/constructs', 'lib/cloud'],
  'lib/local-cloud': below('server', ...HTTP),
  stacks: [
    'lib',
    'lib/local-cloud',
    ...below('server', 'store'),
    'lib/smoke',
    'lib/check-plan',
    'lib/constructs',
    'lib/provider-schema',
    'lib/cloud',
    'lib/cli',
  ],
};

/** cdktf takes half a second to load: what runs without it must not load it. */
exports.WITHOUT_CDKTF = Object.keys(exports.ARROWS).filter(
  (room) => !['lib/constructs', 'lib', 'stacks'].includes(room),
);
