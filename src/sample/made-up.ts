/** What an order, a comment, a ticket say when nobody says anything else. */

const FIRST_NAMES = ['Amara', 'Björn', 'Chiara', 'Devi', 'Éloïse', 'Farid', 'Grace', 'Hiro', 'Inés', 'Łucja'];
const LAST_NAMES = ['Adeyemi', 'Berg', 'Costa', 'Dubois', 'Fischer', 'García', 'Haddad', "O'Brien", 'Müller', 'Sato'];
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'GBP', 'JPY'];
const REMARKS = [
  'Could you leave it with the neighbours at number 12?',
  'Arrived a day early, thank you!',
  'The box was dented, but everything in it is fine.',
  'Please add a gift note: “Happy birthday, Nana 🎂”.',
  'Is the blue one coming back in stock?',
  'I was charged twice, I think.',
  'Two of the four cups are chipped.',
  'Great service as always.',
];
const SUBJECTS = [
  'Parcel has been at the depot for three days',
  'Refund has not arrived',
  "Can't sign in after changing my e-mail address",
  'Wrong size delivered',
  'Invoice needs our VAT number',
  'Checkout says "card declined", bank says it is fine',
  'Discount code is refused',
  'How do I change the delivery address?',
];
const PRIORITIES = ['low', 'normal', 'normal', 'normal', 'high', 'urgent'];

/** One of them; there is at least one. */
export function pick<const T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)] as T;
}

/** A customer's name. */
export const madeUpName = (): string => `${pick(FIRST_NAMES)} ${pick(LAST_NAMES)}`;

/** An order of some 5 to 300 units of its currency, ending in what prices end in. */
export function madeUpOrder() {
  const units = Math.round(5 + 295 * Math.random() ** 2);
  const totalCents = BigInt(units * 100 + pick([0, 50, 90, 95, 99]));
  return { customerName: madeUpName(), totalCents, currency: pick(CURRENCIES) };
}

/** What a customer writes. */
export const madeUpComment = () => ({ authorName: madeUpName(), text: pick(REMARKS) });

/** What a customer asks for help with. */
export const madeUpTicket = () => ({ subject: pick(SUBJECTS), priority: pick(PRIORITIES) });
