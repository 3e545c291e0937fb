/** What was downloaded, or that the program runs from its sources. */
export type Form = "executable" | "npm package" | "source";

/** What a build knows of itself. */
export interface BuildStamp {
  /** The commit of the sources, with `-modified` if they differed from it; `null` if it is unknown. */
  readonly commit: string | null;
  readonly form: Form;
}

/** Every build replaces this file in its own copy of the sources. */
export const STAMP: BuildStamp = { commit: null, form: "source" };
