/** Folder of the data bucket that holds the sample table's file. */
export const SAMPLE_FOLDER = 'oss_json/';

/** The rows of `oss_schema.oss_json`: four objects, one a line, 230 bytes in all. */
export const SAMPLE_ROWS = `${[
  { id: 1, status: 'created', city: 'Hangzhou', amount: 12.5 },
  { id: 2, status: 'paid', city: 'Shanghai', amount: 8.25 },
  { id: 3, status: 'shipped', city: 'Shenzhen', amount: 0.5 },
  { id: 4, status: 'ended', city: 'Beijing', amount: 3 },
]
  .map((row) => JSON.stringify(row))
  .join('\n')}\n`;
