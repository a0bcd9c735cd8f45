import { ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { FieldError, problem } from './problem.js';

/** More wrong fields than this are counted, not listed. */
const MAX_LISTED = 20;

const PLACES: Partial<Record<ArgumentMetadata['type'], FieldError['in']>> = { query: 'query', param: 'path' };

/** As the Standard Schema specification has it. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

class Issues extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super('invalid');
  }
}

/** Checks what a handler's `@Query/@Body/@Param({ schema })` asks for, and answers with every wrong field at once. */
@Injectable()
export class ProblemValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new Issues(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (error instanceof Issues) throw invalidInput(error.issues, metadata);
      throw error;
    }
  }
}

function invalidInput(issues: readonly Issue[], { type, data }: ArgumentMetadata) {
  const place = PLACES[type] ?? 'body';
  const prefix = data === undefined ? [] : [data];
  const errors = issues.slice(0, MAX_LISTED).map(({ path, message }): FieldError => {
    const keys = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
    return { in: place, field: [...prefix, ...keys].join('.'), detail: message };
  });
  const named = errors.map(({ field, detail }) => (field === '' ? detail : `${field}: ${detail}`)).join('; ');
  const more = issues.length > MAX_LISTED ? `; and ${issues.length - MAX_LISTED} more` : '';
  return problem(400, `The ${place} is not as it has to be: ${named}${more}`, {
    kind: 'invalid-input',
    title: 'Invalid input',
    errors,
  });
}
