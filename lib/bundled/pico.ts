import * as fs from 'node:fs';

/** Pico's stylesheet without classes. The build puts its text in the place of this file. */
export const PICO_CSS = fs.readFileSync(require.resolve('@picocss/pico/css/pico.classless.min.css'), 'utf8');
