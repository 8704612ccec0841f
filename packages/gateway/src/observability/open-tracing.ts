import { context, DiagLogLevel, diag, type Tracer } from '@opentelemetry/api';
import { type Log, ThingError } from '@thingwright/core';
import { VERSION } from '../version.js';

/** Spans that go to a collector. Disposing sends those that wait, and ends that. */
export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
}

/** OpenTelemetry's standard variables: `OTEL_…`. */
type Environment = Readonly<Record<string, string | undefined>>;

const PACKAGES =
  '@opentelemetry/sdk-trace-base @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources @opentelemetry/context-async-hooks';

/**
 * Sends spans where OpenTelemetry's variables say, as OTLP over HTTP in JSON; undefined where they name no collector. There is one
 * a process, and nothing of OpenTelemetry's SDK is loaded without it.
 * @throws ThingError `invalid` if a collector is named and the packages for it are not installed.
 */
export async function openTracing(environment: Environment, log: Log): Promise<Tracing | undefined> {
  const url = collectorOf(environment);
  if (url === undefined) return undefined;
  const protocol = environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? environment.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol !== undefined && protocol !== 'http/json') log.warn({ protocol }, 'spans are sent as http/json');
  const { base, exporter, resources, hooks } = await loadPackages();

  diag.setLogger(
    {
      error: (message) => log.error({}, message),
      warn: (message) => log.warn({}, message),
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const manager = new hooks.AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  const ours = resources.resourceFromAttributes({ 'service.name': 'thingwright', 'service.version': VERSION });
  const stated = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new base.BasicTracerProvider({
    resource: resources.defaultResource().merge(ours).merge(stated),
    spanProcessors: [new base.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url }))],
  });
  log.info({ url: withoutSecrets(url) }, 'operations are traced');
  return {
    tracer: provider.getTracer('thingwright', VERSION),
    async [Symbol.asyncDispose]() {
      await provider.shutdown().catch((error: unknown) => log.warn({ error }, 'the last spans could not be sent'));
      context.disable();
      diag.disable();
    },
  };
}

/** The URL for spans, if there is a collector and spans are wanted. */
function collectorOf(environment: Environment): string | undefined {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } = environment;
  if (OTEL_SDK_DISABLED?.toLowerCase() === 'true' || OTEL_TRACES_EXPORTER === 'none') return undefined;
  const ofSpans = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || undefined;
  const ofAll = environment.OTEL_EXPORTER_OTLP_ENDPOINT || undefined;
  const url = ofSpans ?? (ofAll === undefined ? undefined : `${ofAll.replace(/\/$/, '')}/v1/traces`);
  if (url !== undefined && !URL.canParse(url)) {
    throw new ThingError('invalid', 'OTEL_EXPORTER_OTLP_ENDPOINT is no URL such as http://127.0.0.1:4318');
  }
  return url;
}

function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

async function loadPackages() {
  try {
    return {
      base: await import('@opentelemetry/sdk-trace-base'),
      exporter: await import('@opentelemetry/exporter-trace-otlp-http'),
      resources: await import('@opentelemetry/resources'),
      hooks: await import('@opentelemetry/context-async-hooks'),
    };
  } catch (error) {
    const detail = `OTEL_EXPORTER_OTLP_ENDPOINT names a collector; to send it spans, npm install ${PACKAGES}`;
    throw new ThingError('invalid', detail, { cause: error });
  }
}
