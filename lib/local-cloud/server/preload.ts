import { setImmediate as turn } from 'node:timers/promises';

/** What is loaded with the first client of a kind. */
const PARTS = [
  () => import('./http-listener.js'),
  () => import('../dla/connection.js'),
  () => import('../dla/engine/validate-select.js'),
  () => import('../dla/engine/describe.js'),
  () => import('../dla/insert.js'),
  () => import('../rocketmq/connection.js'),
  () => import('../rocketmq/transactions.js'),
  () => import('../terraform/calls.js'),
  () => import('../terraform/codec.js'),
  () => import('../terraform/provider.js'),
  () => import('fast-xml-parser'),
];

/**
 * Loads what clients need, one by one, once a local cloud is ready: a later compile or update of the package takes the files
 * away while it runs.
 */
export async function preload(): Promise<void> {
  for (const load of PARTS) {
    await turn();
    await load();
  }
}
