import { takeCoverage } from 'node:v8';

/** Preloaded by `npm run fuzz:coverage` where queries run: those processes are killed, and write nothing at their end. */
setInterval(takeCoverage, 2_000).unref();
