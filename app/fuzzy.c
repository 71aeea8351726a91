/* fuzzy: see fuzzy.h. */
#include "app/fuzzy.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum {
    LETTER = 16,    /* a letter that fits */
    RUN = 8,        /* right after another */
    WORD_START = 8, /* at the beginning of a word */
    FIRST = 8,      /* at the beginning of the text */
    GAP = 3,        /* letters skipped: the first, */
    GAP_ON = 1,     /* and each further one */
    SHORT = 64      /* of two that fit alike the shorter one is meant */
};

static void add_term(struct fuzzy *q, char *word)
{
    struct fuzzy_term *t = &q->terms[q->n];
    *t = (struct fuzzy_term){.text = word, .n = strlen(word)};
    if (*t->text == '!') {
        t->not = true;
        t->kind = FUZZY_PART;
        t->text++;
    }
    if (*t->text == '\'' || *t->text == '^') {
        t->begins = *t->text == '^';
        t->kind = FUZZY_PART;
        t->text++;
    }
    t->n = strlen(t->text);
    if (t->n > 1 && t->text[t->n - 1] == '$') {
        t->ends = true;
        t->kind = FUZZY_PART;
        t->n--;
    }
    if (t->n > 0)
        q->n++;
}

static void find_case(struct fuzzy *q)
{
    for (int i = 0; i < q->n; i++)
        for (size_t c = 0; c < q->terms[i].n; c++)
            q->terms[i].cased |= isupper((unsigned char)q->terms[i].text[c]) != 0;
}

void fuzzy_query(struct fuzzy *q, const char *typed)
{
    size_t n = strlen(typed);
    q->n = 0;
    n = n < FUZZY_TEXT - 1 ? n : FUZZY_TEXT - 1;
    memcpy(q->text, typed, n);
    q->text[n] = '\0';
    for (char *at = q->text; *at && q->n < FUZZY_TERMS;) {
        at += strspn(at, " ");
        char *end = at + strcspn(at, " ");
        char after = *end;
        *end = '\0';
        if (*at)
            add_term(q, at);
        at = after ? end + 1 : end;
    }
    find_case(q);
}

void fuzzy_word(struct fuzzy *q, const char *word)
{
    size_t n = strlen(word);
    n = n < FUZZY_TEXT - 1 ? n : FUZZY_TEXT - 1;
    memcpy(q->text, word, n);
    q->text[n] = '\0';
    q->terms[0] = (struct fuzzy_term){.text = q->text, .n = n};
    q->n = n > 0;
    find_case(q);
}

static bool same(const struct fuzzy_term *t, char typed, char c)
{
    return typed == c || (!t->cased && tolower((unsigned char)c) == (unsigned char)typed);
}

static bool word_start(const char *text, size_t at)
{
    if (at == 0)
        return true;
    unsigned char c = (unsigned char)text[at], before = (unsigned char)text[at - 1];
    return (isalnum(c) && !isalnum(before)) || (isupper(c) && islower(before)) ||
           (isdigit(c) && !isdigit(before));
}

static int bonus(const char *text, size_t at)
{
    return (word_start(text, at) ? WORD_START : 0) + (at == 0 ? FIRST : 0);
}

/* The earliest end of the letters in order, then back to the latest beginning: the shortest stretch that ends there. */
static int score_letters(const struct fuzzy_term *t, const char *text)
{
    size_t at = 0, end = 0, k = t->n;
    for (; text[end] && at < t->n; end++)
        at += same(t, t->text[at], text[end]);
    if (at < t->n)
        return -1;
    size_t from = end;
    while (k > 0)
        k -= same(t, t->text[k - 1], text[--from]);
    int sum = 0, gap = 0;
    for (at = from, k = 0; at < end; at++) {
        if (k < t->n && same(t, t->text[k], text[at])) {
            sum += LETTER + bonus(text, at) + (k > 0 && gap == 0 ? RUN : 0);
            gap = 0;
            k++;
        } else {
            sum -= gap++ ? GAP_ON : GAP;
        }
    }
    return sum > 0 ? sum : 0;
}

static bool part_at(const struct fuzzy_term *t, const char *text)
{
    for (size_t i = 0; i < t->n; i++)
        if (!text[i] || !same(t, t->text[i], text[i]))
            return false;
    return true;
}

/* The best place where the part stands. */
static int score_part(const struct fuzzy_term *t, const char *text)
{
    size_t n = strlen(text);
    int best = -1, whole = (int)t->n * LETTER + ((int)t->n - 1) * RUN;
    for (size_t at = 0; at + t->n <= n; at++) {
        if ((t->begins && at > 0) || (t->ends && at + t->n < n) || !part_at(t, text + at))
            continue;
        int score = whole + bonus(text, at);
        best = score > best ? score : best;
    }
    return best;
}

static int score_term(const struct fuzzy_term *t, const char *text, const char *about)
{
    int score = t->kind == FUZZY_PART ? score_part(t, text) : score_letters(t, text);
    if (score >= 0 || !about || t->begins || t->ends || t->n < 2)
        return score;
    score = score_part(t, about);
    return score < 0 ? score : score / 4;
}

int fuzzy_score(const struct fuzzy *q, const char *text, const char *about)
{
    int sum = 0;
    for (int i = 0; i < q->n; i++) {
        int score = score_term(&q->terms[i], text, about);
        if (q->terms[i].not ? score >= 0 : score < 0)
            return -1;
        sum += q->terms[i].not ? 0 : score;
    }
    size_t n = q->n ? strlen(text) : 0;
    return sum > INT_MAX / SHORT / 2 ? INT_MAX / 2 : sum * SHORT + (int)(n < SHORT ? SHORT - n : 0);
}
