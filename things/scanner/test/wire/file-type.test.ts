import { expect } from 'chai';
import { fileTypeOf } from '../../src/wire/file-type.js';

describe('The type of a result', () => {
  it('goes by the suffix, in whatever case', () => {
    const types = ['a.dcm', 'A.DCM', 'a.dicom', 'data.mrd', 'a.npy', 'a.b.json', 'a.h5', 'mrd', ''].map(
      (name) => fileTypeOf(name).type,
    );
    expect(types).to.deep.equal([
      'DICOM',
      'DICOM',
      'DICOM',
      'MRD',
      'NUMPY',
      'CALIBRATION',
      'NOT_SET',
      'NOT_SET',
      'NOT_SET',
    ]);
    expect(fileTypeOf('data.mrd').mediaType).to.equal('application/x-ismrmrd+hdf5');
  });
});
