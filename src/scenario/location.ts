/** Where in the scenario's files something stands, for messages that come later (plan, preparing on the server). */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly path: string;
}
