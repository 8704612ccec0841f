import type { Members } from '@thingwright/core';
import type { Static } from 'typebox';
import type { ScanRequest } from '../scan.model.js';

/** What the server adds to a request. */
export interface StartContext {
  readonly taskID: string;
  /** The UUID of the device. */
  readonly deviceID: string;
  /** 24 hexadecimal digits. */
  readonly sequenceID: string;
  /** What the device shows with every frame that names the task; opens nothing else. */
  readonly capability: string;
  /** What the device shall measure with. */
  readonly parameter: Members;
  /** Who asked for it. */
  readonly creator: string;
  /** RFC 3339 with a zone. */
  readonly now: string;
}

/** The `data` of a start frame (reference, section 5.1). */
export type AcquisitionPayload = ReturnType<typeof acquisitionPayload>;

const ONE = { x: 1, y: 1, z: 1 };
const ZERO = { x: 0, y: 0, z: 0 };

/**
 * Puts a request into the words of the wire: every field that a device of either generation demands is there, and the safety
 * limits arrive as they were given.
 */
export function acquisitionPayload(request: Static<typeof ScanRequest>, context: StartContext) {
  const { sequence, acquisitionParameter: view = {}, acquisitionLimits: limits } = request;
  return {
    workflow_id: request.workflowId ?? null,
    name: request.name ?? 'scan',
    description: request.description ?? '',
    task_type: 'ACQUISITION',
    destination: request.destination ?? '',
    status: 'STARTED',
    progress: 0,
    is_template: false,
    position: 0,
    device_id: context.deviceID,
    sequence_id: context.sequenceID,
    acquisition_parameter: {
      fov_scaling: view.fovScaling ?? ONE,
      fov_offset: view.fovOffset ?? ZERO,
      fov_rotation: view.fovRotation ?? ZERO,
    },
    calibration: request.calibration ?? [],
    id: context.taskID,
    creator: context.creator,
    datetime_created: context.now,
    datetime_updated: null,
    results: [],
    acquisition_limits: limits
      ? {
          patient_height: limits.patientHeight,
          patient_weight: limits.patientWeight,
          patient_gender: limits.patientGender ?? 'NOT_GIVEN',
          patient_age: limits.patientAge,
        }
      : null,
    mrd_header: request.mrdHeader ?? null,
    sequence: {
      name: sequence.name,
      description: sequence.description ?? '',
      sequence_type: sequence.sequenceType ?? '',
      tags: sequence.tags ?? [],
      _id: context.sequenceID,
      created_at: context.now,
      updated_at: null,
      seq_file: sequence.seqFile,
      seq_file_extension: sequence.seqFileExtension ?? '.seq',
      xml_file: sequence.xmlFile ?? null,
      xml_file_extension: sequence.xmlFileExtension ?? null,
    },
    access_token: context.capability,
    device_parameter: context.parameter,
  };
}
