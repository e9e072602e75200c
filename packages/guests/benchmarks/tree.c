/* A treap of 20,000 nodes in 400 KB: insertions and deletions by recursion, look-ups by chasing pointers, walks. */
#include "work.h"

#define NODES 20000u

struct node {
  struct node *left, *right;
  uint32_t key, priority, value;
};

static struct node nodes[NODES];
static struct node *unused;

static struct node *rotate_right(struct node *top) {
  struct node *left = top->left;
  top->left = left->right;
  left->right = top;
  return left;
}

static struct node *rotate_left(struct node *top) {
  struct node *right = top->right;
  top->right = right->left;
  right->left = top;
  return right;
}

RECURSIVE struct node *insert(struct node *top, struct node *added) {
  if (!top) return added;
  if (added->key < top->key) {
    top->left = insert(top->left, added);
    if (top->left->priority > top->priority) top = rotate_right(top);
  } else {
    top->right = insert(top->right, added);
    if (top->right->priority > top->priority) top = rotate_left(top);
  }
  return top;
}

/* Every key of `a` is below every key of `b`. */
RECURSIVE struct node *merge(struct node *a, struct node *b) {
  if (!a) return b;
  if (!b) return a;
  if (a->priority > b->priority) {
    a->right = merge(a->right, b);
    return a;
  }
  b->left = merge(a, b->left);
  return b;
}

/* The node with the least key that is not below `key`. */
static struct node *find(struct node *top, uint32_t key) {
  struct node *best = NULL;
  while (top) {
    if (top->key < key) top = top->right;
    else best = top, top = top->left;
  }
  return best;
}

static struct node *erase(struct node *top, const struct node *victim) {
  struct node **link = &top;
  while (*link != victim) link = victim->key < (*link)->key ? &(*link)->left : &(*link)->right;
  *link = merge(victim->left, victim->right);
  return top;
}

RECURSIVE uint32_t walk(const struct node *top, uint32_t depth) {
  if (!top) return depth;
  return walk(top->left, depth + 1) * 31 + walk(top->right, depth + 1) + top->value;
}

static struct node *take(uint32_t *seed) {
  struct node *node = unused;
  unused = node->left;
  *node = (struct node){NULL, NULL, next_random(seed), next_random(seed), 0};
  return node;
}

uint32_t work(uint32_t scale) {
  uint32_t seed = 0x7EA97EA9, checksum = 0;
  struct node *root = NULL;
  for (uint32_t i = 0; i < NODES; i++) nodes[i].left = unused, unused = &nodes[i];
  for (uint32_t i = 0; i < NODES - 1; i++) root = insert(root, take(&seed));
  for (uint32_t round = 0; round < scale * 4; round++) {
    for (uint32_t i = 0; i < 8000; i++) {
      struct node *found = find(root, next_random(&seed));
      if (found) found->value += i, checksum += found->key;
    }
    for (uint32_t i = 0; i < 1500; i++) {
      struct node *victim = find(root, next_random(&seed));
      if (!victim) continue;
      root = erase(root, victim);
      victim->left = unused;
      unused = victim;
      root = insert(root, take(&seed));
    }
    checksum = mix(checksum, walk(root, 0));
  }
  return checksum;
}
