export { type HttpOptions, http } from './http.js';
export { httpForms } from './http-forms.js';
export { chooseMediaType } from './media-type.js';
export type { RequestRate } from './request-limit.js';
export type { StreamOptions } from './streams.js';
