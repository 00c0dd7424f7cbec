#!/usr/bin/env node
import { main } from './main';

// A look-up of a host name cannot be cancelled: it must not keep the finished command waiting.
void main().finally(() => process.stdout.write('', () => setImmediate(() => process.exit())));
