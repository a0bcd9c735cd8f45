import type { SomeWords } from '../words/en.js';
import { languageFor, tagOf, type Language } from '../words/language.js';

/** Which language a bell speaks: of where it stands in the page, with words of its own over it. */
export class Speech {
  private ownWords: SomeWords = {};
  private spoken: { tag: string; language: Language } | undefined;

  constructor(
    private readonly bell: Element,
    private readonly catalogs: () => Readonly<Record<string, SomeWords>>,
  ) {}

  /** The same object until the tag or the words are others. */
  get language(): Language {
    const tag = tagOf(this.bell);
    if (this.spoken?.tag !== tag) this.spoken = { tag, language: languageFor(tag, this.catalogs(), this.ownWords) };
    return this.spoken.language;
  }

  get words(): SomeWords {
    return this.ownWords;
  }

  set words(words: SomeWords) {
    this.ownWords = words;
    this.spoken = undefined;
  }
}
