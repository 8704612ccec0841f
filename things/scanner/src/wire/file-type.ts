import type { RESULT_TYPES } from '../scan.model.js';

/** What a file is, by its suffix. */
export interface FileType {
  readonly type: (typeof RESULT_TYPES)[number];
  readonly mediaType: string;
}

const DICOM: FileType = { type: 'DICOM', mediaType: 'application/dicom' };
const OTHER: FileType = { type: 'NOT_SET', mediaType: 'application/octet-stream' };
const BY_SUFFIX = new Map<string, FileType>([
  ['dcm', DICOM],
  ['dicom', DICOM],
  ['mrd', { type: 'MRD', mediaType: 'application/x-ismrmrd+hdf5' }],
  ['npy', { type: 'NUMPY', mediaType: 'application/x-npy' }],
  ['json', { type: 'CALIBRATION', mediaType: 'application/json' }],
]);

/** The kind of a result by the suffix of its file, in whatever case (reference, section 7). */
export const fileTypeOf = (name: string): FileType =>
  BY_SUFFIX.get(/\.([^.]*)$/.exec(name)?.[1]?.toLowerCase() ?? '') ?? OTHER;
