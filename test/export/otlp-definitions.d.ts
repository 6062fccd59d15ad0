/** What of the generated protocol definitions is used: static classes of protobufjs. */
declare module 'otlp-definitions/build/src/generated/root.js' {
  interface MessageType {
    decode(body: Uint8Array): object;
    encode(message: object): { finish(): Uint8Array };
    toObject(message: object, options: object): object;
  }
  const root: {
    opentelemetry: {
      proto: {
        collector: {
          trace: { v1: { ExportTraceServiceRequest: MessageType; ExportTraceServiceResponse: MessageType } };
          metrics: { v1: { ExportMetricsServiceRequest: MessageType; ExportMetricsServiceResponse: MessageType } };
        };
      };
    };
  };
  export default root;
}
