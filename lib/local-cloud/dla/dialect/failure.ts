/** What the engine says where a query's own mistake ends it; the text behind it goes to the user. */
export const FAILURE = 'presto: ';
