/** Kinds of personal data that their form gives away. Each expression reads a text once. */
const FORMS: readonly { readonly name: string; readonly form: RegExp; readonly is?: (text: string) => boolean }[] = [
  { name: 'mail address', form: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/g },
  { name: 'card number', form: /(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])/g, is: isCardNumber },
  { name: 'account number', form: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, is: isIban },
  { name: 'telephone number', form: /(?<![\w+])\+\d{1,3}(?:[ ()/.-]{0,2}\d){6,12}(?!\d)/g },
];

/** Which kinds are in a text. */
export function personalDataIn(text: string): string[] {
  return FORMS.filter(({ form, is = () => true }) => [...text.matchAll(form)].some(([found]) => is(found))).map(
    ({ name }) => name,
  );
}

/** Luhn's sum, which random digits pass one time in ten. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.at(-1 - place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits);
}

/** ISO 7064, modulo 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '');
  if (plain.length < 15 || plain.length > 34) return false;
  const moved = plain.slice(4) + plain.slice(0, 4);
  let rest = 0;
  for (const letter of moved) rest = Number(`${rest}${Number.parseInt(letter, 36)}`) % 97;
  return rest === 1;
}
