import type { Generator } from '../generator.ts';

type Texts =
  { readonly method: string } | { readonly words: readonly [number, number] } | { readonly code: true };

/**
 * What a text column of a usual name holds, the most special name first. Names are matched in snake case:
 * `firstName` and `first_name` alike.
 */
const TEXTS: readonly (readonly [RegExp, Texts])[] = [
  [/(^|_)e_?mail(_address)?$/, { method: 'internet.email' }],
  [/^(first|given)_name$/, { method: 'person.firstName' }],
  [/^(last|family|sur)_?name$/, { method: 'person.lastName' }],
  [/^(user_?name|login|nick_?name|handle)$/, { method: 'internet.username' }],
  [/^(full|display|contact|customer|author)_name$/, { method: 'person.fullName' }],
  [/^(company|organi[sz]ation)(_name)?$/, { method: 'company.name' }],
  [/^(product_name|product)$/, { method: 'commerce.productName' }],
  [/(^|_)(phone|mobile|fax)(_number)?$/, { method: 'phone.number' }],
  [/(^|_)(street|address|address_line_?\d?|line_?[12])$/, { method: 'location.streetAddress' }],
  [/(^|_)(city|town)$/, { method: 'location.city' }],
  [/(^|_)(state|province|region)$/, { method: 'location.state' }],
  [/(^|_)country_code$/, { method: 'location.countryCode' }],
  [/(^|_)country$/, { method: 'location.country' }],
  [/(^|_)(zip|postal)(_?code)?$/, { method: 'location.zipCode' }],
  [/(^|_)(url|website|link|homepage|avatar|image)$/, { method: 'internet.url' }],
  [/(^|_)(ip|ip_address)$/, { method: 'internet.ipv4' }],
  [/(^|_)user_agent$/, { method: 'internet.userAgent' }],
  [/(^|_)(domain|host|hostname)$/, { method: 'internet.domainName' }],
  [
    /(^|_)(password|password_hash|digest|token|secret|hash|api_key|fingerprint)$/,
    { method: 'string.alphanumeric' },
  ],
  [/(^|_)currency(_code)?$/, { method: 'finance.currencyCode' }],
  [/(^|_)(locale|language)(_code)?$/, { method: 'location.countryCode' }],
  [/(^|_)(sku|code|ean|isbn|serial|serial_number|barcode|number|reference|ref|external_id)$/, { code: true }],
  [/(^|_)(id|uid|uuid|guid)$/, { code: true }],
  [/(^|_)(slug|key|identifier)$/, { method: 'lorem.slug' }],
  [/(^|_)(title|subject|headline|summary)$/, { words: [3, 8] }],
  [/(^|_)(name|label|caption)$/, { words: [1, 3] }],
  [/(^|_)(description|body|content|text|message|comment|note|notes|bio|about)$/, { words: [10, 60] }],
];

/** Undefined where the name says nothing. */
export function textByName(column: string): Texts | undefined {
  const name = snakeCase(column);
  return TEXTS.find(([pattern]) => pattern.test(name))?.[1];
}

const STATUSES = { words: ['active', 'pending', 'completed', 'cancelled'], weights: [0.8, 0.1, 0.07, 0.03] };
const KINDS = { words: ['standard', 'premium', 'internal'], weights: [0.85, 0.12, 0.03] };

/** Columns of few values: `status`, `type`. */
export function choiceByName(column: string): (Generator<string> & { readonly kind: 'choice' }) | undefined {
  const name = snakeCase(column);
  const found = /(^|_)(status|state)$/.test(name)
    ? STATUSES
    : /(^|_)(type|kind|category|level|role|source|channel)$/.test(name)
      ? KINDS
      : undefined;
  return found === undefined ? undefined : { kind: 'choice', values: found.words, weights: found.weights };
}

/** Prices and amounts: many small, few large. */
export const isMoney = (column: string): boolean =>
  /(^|_)(price|amount|total|subtotal|cost|balance|fee|salary|revenue|tax|discount)(_|$)/.test(
    snakeCase(column),
  );

/** How often a nullable column of this name is empty: it tells of something that mostly has not happened. */
export const isMostlyNull = (column: string): boolean =>
  /^(deleted|archived|cancell?ed|removed|disabled|banned|locked|discarded|expired|revoked|blocked|suspended)_(at|on|date)$/.test(
    snakeCase(column),
  );

/** Times that follow the creation of the row. */
export const isLaterTime = (column: string): boolean =>
  /^(updated|modified|changed|last_\w+|completed|finished|ended|shipped|delivered|paid|closed|resolved|deleted|archived|cancell?ed|expires?|expired|published|confirmed|approved|processed|sent|read|seen)(_at|_on|_date|_time)?$/.test(
    snakeCase(column),
  );

export const isCreationTime = (column: string): boolean =>
  /^(created|inserted|registered|joined|placed|ordered|occurred|recorded|logged)(_at|_on|_date|_time)?$/.test(
    snakeCase(column),
  );

const snakeCase = (name: string): string => name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
