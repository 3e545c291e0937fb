/** Number of lessons; a test compares it with the document. */
export const LESSON_COUNT = 15;

/** Port of a class, unless another one is given. */
export const DEFAULT_CLASS_PORT = 8090;
