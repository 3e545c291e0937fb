import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import {
  BEGINNING,
  MAX_PROGRESS_BYTES,
  type Progress,
  readProgress,
  storedProgress,
} from "../../client/learn/progress.ts";
import { systemReason } from "../../client/system_reason.ts";
import { readBoundedFile } from "../../server/bounded_file.ts";
import { CliError } from "../exit.ts";
import { refuseUntrusted } from "../file_trust.ts";

/** The file in the configuration folder. */
export const PROGRESS_FILE = "learn.json";

/** What was read, and what the learner should know about it. */
export interface StoredProgress {
  readonly progress: Progress;
  /** A sentence about a file that cannot be used. */
  readonly warning?: string;
}

/** The file in which a learner's progress is stored. */
export class ProgressFile {
  #isWritable = true;

  /**
   * @param path `undefined` if the configuration folder is unknown: nothing is stored.
   * @param lessons number of lessons.
   */
  constructor(private readonly path: string | undefined, private readonly lessons: number) {}

  /** Reads the file; without one, the learner begins. One that others can change is not written either. */
  read(): StoredProgress {
    if (this.path === undefined) return { progress: BEGINNING };
    try {
      refuseUntrusted(this.path);
      const text = readBoundedFile(this.path, MAX_PROGRESS_BYTES);
      const progress = readProgress(text, this.lessons);
      if (progress !== undefined) return { progress };
      return {
        progress: BEGINNING,
        warning: `The progress in ${this.path} is damaged: you begin at lesson 1. ` +
          "Name a lesson to begin there, such as: learn 7",
      };
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return { progress: BEGINNING };
      if (error instanceof CliError) {
        this.#isWritable = false;
        const warning = `Your progress is neither read nor stored. ${error.message}`;
        return { progress: BEGINNING, warning };
      }
      return {
        progress: BEGINNING,
        warning: `Cannot read ${this.path}: ${systemReason(error)}. You begin at lesson 1.`,
      };
    }
  }

  /**
   * Writes a new file and puts it in place of the old one, so that no crash leaves half of it.
   *
   * @returns a sentence, once, if it cannot be written.
   */
  write(progress: Progress): string | undefined {
    if (this.path === undefined || !this.#isWritable) return undefined;
    const draft = `${this.path}.${process.pid}`;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      writeFileSync(draft, storedProgress(progress), { mode: 0o600 });
      renameSync(draft, this.path);
      return undefined;
    } catch (error) {
      this.#isWritable = false;
      removeDraft(draft);
      return `Your progress is not stored: cannot write ${this.path}: ${
        systemReason(error, "write")
      }.`;
    }
  }
}

function removeDraft(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What has failed before, such as a read-only disk, has no draft either.
  }
}
