/** Regular expressions of users, in linear time. The build puts the library itself in the place of this file. */
export { RE2JS, RE2JSException } from 're2js';
