/** The eight goals that a team is likely to have, each said as people say it, and what each of them means. */

export interface Wanted {
  sentence: string;
  /** What the goal's own sentence must contain. */
  says: RegExp;
  metric: string;
  filters: unknown[];
  better: 'more' | 'less';
  counting: string;
  months: number;
  kind: 'absolute' | 'percent' | 'change';
  input: number;
  /** The value to reach, from the baseline. */
  target: (baseline: number) => number;
  /** Where entered figures stand today, by place; '' is the only one. In the unit that the page asks for. */
  first?: Record<string, string>;
  /** What the first of them is in the metric's unit, of one that is asked for in another one. */
  scale?: number;
  /** A second figure of one place, and what the goal's number is then. */
  second?: { place: string; value: string; reached: number };
  /** The conversion that a rate is of. */
  of?: string;
  /** Codes of verdicts that it must get. */
  verdicts?: string[];
}

type Said = Pick<Wanted, 'sentence' | 'says'> & Partial<Wanted>;

/** What the eight mean in whatever language they are said. */
const MEANT: Omit<Wanted, 'sentence' | 'says'>[] = [
  {
    metric: 'likes',
    filters: [['is', 'source', ['Facebook']]],
    better: 'more',
    counting: 'end_level',
    months: 3,
    kind: 'change',
    input: 5_000,
    target: (baseline) => baseline + 5_000,
    first: { Facebook: '12000' },
    second: { place: 'Facebook', value: '12150', reached: 12_150 },
  },
  {
    metric: 'keyword_position',
    filters: [['is', 'keyword', ['wool socks', 'hiking boots']]],
    better: 'less',
    counting: 'end_level',
    months: 6,
    kind: 'absolute',
    input: 10,
    target: () => 10,
    first: { 'wool socks': '24', 'hiking boots': '31' },
    // The mean of both: 20 and 31.
    second: { place: 'wool socks', value: '20', reached: 25.5 },
  },
  {
    metric: 'subscribers',
    filters: [],
    better: 'more',
    counting: 'end_level',
    months: 3,
    kind: 'change',
    input: 2_000,
    target: (baseline) => baseline + 2_000,
    first: { '': '5400' },
    second: { place: '', value: '5460', reached: 5_460 },
  },
  {
    metric: 'visits',
    filters: [],
    better: 'more',
    counting: 'sum',
    months: 6,
    kind: 'percent',
    input: 30,
    target: (baseline) => baseline * 1.3,
  },
  {
    metric: 'conversion_rate',
    filters: [['is', 'event:goal', ['Purchase']]],
    better: 'more',
    counting: 'ratio',
    months: 3,
    kind: 'percent',
    input: 5,
    target: (baseline) => baseline * 1.05,
    of: 'Purchase',
  },
  {
    metric: 'reply_time',
    filters: [],
    better: 'less',
    // Of readings that each are the mean of so many replies.
    counting: 'ratio',
    months: 3,
    kind: 'absolute',
    input: 7_200,
    target: () => 7_200,
    first: { '': '6' },
    scale: 3_600,
    second: { place: '', value: '5.5', reached: 19_800 },
  },
  {
    metric: 'followers',
    filters: [['is', 'source', ['Instagram']]],
    better: 'more',
    counting: 'end_level',
    months: 3,
    kind: 'absolute',
    input: 20_000,
    target: () => 20_000,
    first: { Instagram: '10000' },
    second: { place: 'Instagram', value: '10400', reached: 10_400 },
  },
  {
    metric: 'visitors',
    filters: [['is', 'visit:channel', ['Organic Search']]],
    better: 'more',
    counting: 'last_30_days',
    months: 6,
    kind: 'absolute',
    input: 80_000,
    target: () => 80_000,
    // The shop has nothing like 70,000 a month.
    verdicts: ['baseline_differs', 'counted_each_day', 'probability_low'],
  },
];

const SAID: Record<'en' | 'fa', Said[]> = {
  en: [
    { sentence: 'Get 5,000 more page likes on Facebook in 3 months', says: /likes/i },
    {
      sentence: 'Bring the keywords "wool socks" and "hiking boots" to the search TOP 10 in 6 months',
      says: /position/i,
    },
    { sentence: 'Gain 2,000 email subscribers in three months', says: /subscribers/i },
    { sentence: 'Grow site traffic by 30% within six months', says: /visits/i },
    {
      sentence: 'Improve conversion rate by 5% in 3 months by reducing cart abandonment',
      says: /conversion rate/i,
    },
    { sentence: 'Bring mean customer-service reply time down to 2 h in 3 months', says: /reply time/i },
    { sentence: 'Grow Instagram followers from 10k to 20k in 3 months to lift sales', says: /followers/i },
    {
      sentence: 'Increase organic search visitors from 70,000 to 80,000 a month in 6 months',
      says: /visitors.* a month/i,
    },
  ],
  fa: [
    { sentence: '۵۰۰۰ لایک بیشتر برای صفحهٔ فیس‌بوک در سه ماه', says: /لایک/ },
    {
      sentence: 'رساندن کلیدواژه‌های منتخب به ۱۰ نتیجهٔ برتر جستجو در شش ماه',
      says: /رتبهٔ کلیدواژه/,
      // Which ones are chosen is not said.
      filters: [],
      first: { '': '24' },
      second: { place: '', value: '۲۰', reached: 20 },
    },
    { sentence: '۲۰۰۰ مشترک ایمیلی جدید در سه ماه', says: /مشترک/ },
    { sentence: 'ترافیک سایت ظرف شش ماه ۳۰٪ افزایش یابد', says: /بازدید/ },
    { sentence: 'نرخ تبدیل در سه ماه ۵٪ بیشتر شود با کاهش رها شدن سبد خرید', says: /نرخ تبدیل/ },
    {
      sentence: 'میانگین زمان پاسخ پشتیبانی در سه ماه به ۲ ساعت برسد',
      says: /زمان پاسخ/,
      second: { place: '', value: '۵٫۵', reached: 19_800 },
    },
    { sentence: 'دنبال‌کنندگان اینستاگرام در سه ماه از ۱۰ هزار به ۲۰ هزار نفر برسد', says: /دنبال‌کنند/ },
    {
      sentence: 'بازدیدکنندگان جستجوی ارگانیک در شش ماه از ۷۰٬۰۰۰ به ۸۰٬۰۰۰ در ماه',
      says: /بازدیدکنند.* در ماه/,
    },
  ],
};

export const EIGHT = {
  en: SAID.en.map((said, at) => ({ ...MEANT[at], ...said }) as Wanted),
  fa: SAID.fa.map((said, at) => ({ ...MEANT[at], ...said }) as Wanted),
};
