import { Store } from '../../../lib/local-cloud/account/store';

/** Commits numbered pairs for ever, and says each number once it is acknowledged. */
const store = new Store(process.argv[2]);
const [left, right] = [store.table<number>('left'), store.table<number>('right')];
for (let number = left.size; ; number += 1) {
  store.commit([left.change(number, String(number)), right.change(number, String(number))]);
  process.stdout.write(`${number}\n`);
}
