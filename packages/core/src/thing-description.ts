import type { OperationName } from './operation.js';

/** A data schema of TD 1.1, section 5.3.2: JSON Schema's terms with `unit`, `readOnly`, `@type` and the like. */
export type DataSchema = Readonly<Record<string, unknown>>;

/** How to reach an affordance over one protocol (TD 1.1, section 5.3.4.2). */
export interface Form {
  readonly href: string;
  readonly op?: OperationName | readonly OperationName[];
  readonly contentType?: string;
  readonly subprotocol?: string;
  readonly security?: string | readonly string[];
  readonly scopes?: string | readonly string[];
  readonly response?: { readonly contentType: string };
  readonly additionalResponses?: readonly AdditionalResponse[];
  readonly [term: `${string}:${string}`]: unknown;
}

/** An answer of another kind than the expected one (TD 1.1, section 5.3.4.2.3). */
export interface AdditionalResponse {
  readonly success?: boolean;
  readonly contentType?: string;
  readonly schema?: string;
}

/** A security scheme of TD 1.1, section 5.3.3. */
export type SecurityScheme = Readonly<Record<string, unknown>> & { readonly scheme: string };

/** What an affordance of a TD has, besides the terms of its schema. */
export interface DescribedAffordance {
  readonly forms: readonly Form[];
  readonly [term: string]: unknown;
}

/** A Thing Description 1.1 (W3C Recommendation of 2023-12-05). */
export interface ThingDescription {
  readonly '@context': string | readonly (string | Readonly<Record<string, string>>)[];
  readonly '@type'?: string | readonly string[];
  readonly id?: string;
  readonly title: string;
  readonly base?: string;
  readonly security: string | readonly string[];
  readonly securityDefinitions: Readonly<Record<string, SecurityScheme>>;
  readonly properties?: Readonly<Record<string, DescribedAffordance>>;
  readonly actions?: Readonly<Record<string, DescribedAffordance>>;
  readonly events?: Readonly<Record<string, DescribedAffordance>>;
  readonly forms?: readonly Form[];
  readonly [term: string]: unknown;
}

/** What a Thing Description may claim and require. */
export interface Security {
  readonly definitions: Readonly<Record<string, SecurityScheme>>;
  /** Name of the definition that holds for the whole Thing. */
  readonly thing: string;
  /** Name of the definition for WebSocket forms, where it differs. */
  readonly websocket?: string;
}

/** The affordance, or the Thing as a whole, that forms are asked for. */
export interface FormTarget {
  readonly thing: { readonly id: string; readonly name: string };
  /** URL of the Thing, with a slash at its end: `http://host:port/things/{name}/`. */
  readonly base: string;
  readonly security: Security;
  readonly kind: 'property' | 'action' | 'event' | 'thing';
  /** Name of the affordance; empty for the Thing as a whole. */
  readonly name: string;
  /** What the affordance offers. */
  readonly operations: readonly OperationName[];
  /** Actions: whether the answer comes at the end. */
  readonly synchronous?: boolean;
  /** Names of the URI variables. */
  readonly uriVariables: readonly string[];
}

/** One binding's forms for an affordance; a binding that does not serve it gives none. */
export type FormBuilder = (target: FormTarget) => readonly Form[];
