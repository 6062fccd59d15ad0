/** Every answer and every line of a log that the tests of this process have seen. */
export const transcript: string[] = [];
