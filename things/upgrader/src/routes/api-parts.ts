import type { Listener } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';
import type { ImageContents } from '../catalogue.js';
import type { CampaignDesk } from '../desk/campaign-desk.js';
import type { CatalogueDesk } from '../desk/catalogue-desk.js';
import type { DeskParts } from '../desk/desk-parts.js';
import type { UpgradeDesk } from '../desk/upgrade-desk.js';
import type { ImageKeys } from '../image-signature.js';

/** What the routes of the REST API share. */
export interface ApiParts extends DeskParts {
  readonly app: FastifyInstance;
  readonly listener: Listener;
  readonly contents: ImageContents;
  /** Bytes of an image. */
  readonly maxImageSize: number;
  /** Images have to be signed with one of them; none: they may be signed with any. */
  readonly imageKeys: ImageKeys;
  readonly campaigns: CampaignDesk;
  readonly upgrades: UpgradeDesk;
  readonly entries: CatalogueDesk;
}

/** The path of one row. */
export type OfRow = { Params: { id: string } };
