/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* litmus.c - store buffering, message passing, coherence, atomicity, load buffering. */
#include "litmus.h"

LITMUS_CHECK(two, 2)
LITMUS_CHECK(three, 3)

/* Store buffering: may both threads miss the other's store? */
LITMUS_THREAD(sb_a_relaxed, port_u32_store_relaxed(&l->x, 1); r[0] = port_u32_load_relaxed(&l->y);)
LITMUS_THREAD(sb_b_relaxed, port_u32_store_relaxed(&l->y, 1); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(sb_a_acq_rel, port_u32_store_release(&l->x, 1); r[0] = port_u32_load_acquire(&l->y);)
LITMUS_THREAD(sb_b_acq_rel, port_u32_store_release(&l->y, 1); r[1] = port_u32_load_acquire(&l->x);)
LITMUS_THREAD(sb_a_seq_cst, port_u32_store_seq_cst(&l->x, 1); r[0] = port_u32_load_seq_cst(&l->y);)
LITMUS_THREAD(sb_b_seq_cst, port_u32_store_seq_cst(&l->y, 1); r[1] = port_u32_load_seq_cst(&l->x);)
LITMUS_THREAD(sb_a_fence, port_u32_store_relaxed(&l->x, 1); port_fence_seq_cst(); r[0] = port_u32_load_relaxed(&l->y);)
LITMUS_THREAD(sb_b_fence, port_u32_store_relaxed(&l->y, 1); port_fence_seq_cst(); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(sb_a_light, port_u32_store_relaxed(&l->x, 1); port_fence_light(); r[0] = port_u32_load_relaxed(&l->y);)
LITMUS_THREAD(sb_b_light, port_u32_store_relaxed(&l->y, 1); port_fence_light(); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(sb_b_heavy, port_u32_store_relaxed(&l->y, 1); ioasid_port_fence_heavy();
              r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(sb_a_xchg, (void)port_u32_xchg_seq_cst(&l->x, 1); r[0] = port_u32_load_acquire(&l->y);)
LITMUS_THREAD(sb_b_xchg, (void)port_u32_xchg_seq_cst(&l->y, 1); r[1] = port_u32_load_acquire(&l->x);)
LITMUS_THREAD(sb_a_rmw, (void)port_u32_xchg_seq_cst(&l->x, 1); r[0] = port_u32_add_seq_cst(&l->y, 0);)
LITMUS_THREAD(sb_b_rmw, (void)port_u32_xchg_seq_cst(&l->y, 1); r[1] = port_u32_add_seq_cst(&l->x, 0);)

LITMUS(sb_sc_memory, "sb-sc-memory", "without weak memory not even relaxed stores are buffered", SCENARIO_SC, two, 2,
       sb_a_relaxed, sb_b_relaxed)
OUTCOMES(0x01, 0x10, 0x11)
}
;
LITMUS(sb_relaxed, "sb-relaxed", "store buffering", SCENARIO_WEAK, two, 2, sb_a_relaxed, sb_b_relaxed)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(sb_acq_rel, "sb-acq-rel", "release and acquire do not forbid store buffering", SCENARIO_WEAK, two, 2,
       sb_a_acq_rel, sb_b_acq_rel)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(sb_seq_cst, "sb-seq-cst", "seq_cst does", SCENARIO_WEAK, two, 2, sb_a_seq_cst, sb_b_seq_cst)
OUTCOMES(0x01, 0x10, 0x11)
}
;
LITMUS(sb_fence, "sb-fence", "so do fences", SCENARIO_WEAK, two, 2, sb_a_fence, sb_b_fence)
OUTCOMES(0x01, 0x10, 0x11)
}
;
LITMUS(sb_one_fence, "sb-one-fence", "one fence is not enough", SCENARIO_WEAK, two, 2, sb_a_fence, sb_b_relaxed)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(sb_light_heavy, "sb-light-heavy", "a light fence against a heavy one is", SCENARIO_WEAK, two, 2, sb_a_light,
       sb_b_heavy)
OUTCOMES(0x01, 0x10, 0x11)
}
;
LITMUS(sb_alone, "sb-light-heavy-alone", "so it is where neither is more than a fence", SCENARIO_WEAK, two, 2,
       sb_a_light, sb_b_heavy)
	.alone = true,
       OUTCOMES(0x01, 0x10, 0x11)
}
;
LITMUS(sb_light, "sb-light", "two light ones are not enough", SCENARIO_WEAK, two, 2, sb_a_light, sb_b_light)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(sb_light_fence, "sb-light-fence", "nor is a light one against a fence", SCENARIO_WEAK, two, 2, sb_a_light,
       sb_b_fence)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(sb_mixed, "sb-fence-seq-cst", "a fence against seq_cst accesses is", SCENARIO_WEAK, two, 2, sb_a_fence,
       sb_b_seq_cst)
OUTCOMES(0x01, 0x10, 0x11)
}
;
LITMUS(sb_xchg, "sb-xchg-acquire", "a seq_cst exchange is no fence: x86 hides this", SCENARIO_WEAK, two, 2, sb_a_xchg,
       sb_b_xchg)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(sb_rmw, "sb-rmw", "a read-modify-write reads the newest value", SCENARIO_WEAK, two, 2, sb_a_rmw, sb_b_rmw)
OUTCOMES(0x01, 0x10, 0x11)
}
;

/* Message passing: is the data there when the flag is? */
LITMUS_THREAD(mp_send_relaxed, port_u32_store_relaxed(&l->x, 1); port_u32_store_relaxed(&l->y, 1);)
LITMUS_THREAD(mp_send_release, port_u32_store_relaxed(&l->x, 1); port_u32_store_release(&l->y, 1);)
LITMUS_THREAD(mp_send_fence, port_u32_store_relaxed(&l->x, 1); port_fence_seq_cst(); port_u32_store_relaxed(&l->y, 1);)
LITMUS_THREAD(mp_send_add, port_u32_store_relaxed(&l->x, 1); (void)port_u32_add_release(&l->y, 1);)
LITMUS_THREAD(mp_take_relaxed, r[0] = port_u32_load_relaxed(&l->y); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(mp_take_acquire, r[0] = port_u32_load_acquire(&l->y); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(mp_take_fence, r[0] = port_u32_load_relaxed(&l->y); port_fence_acquire();
              r[1] = port_u32_load_relaxed(&l->x);)

LITMUS(mp_relaxed, "mp-relaxed", "message passing", SCENARIO_WEAK, two, 2, mp_send_relaxed, mp_take_relaxed)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(mp_release_only, "mp-release-only", "a release that nobody acquires", SCENARIO_WEAK, two, 2, mp_send_release,
       mp_take_relaxed)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(mp_acquire_only, "mp-acquire-only", "an acquire of nothing released", SCENARIO_WEAK, two, 2, mp_send_relaxed,
       mp_take_acquire)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(mp_acq_rel, "mp-acq-rel", "release, acquire", SCENARIO_WEAK, two, 2, mp_send_release, mp_take_acquire)
OUTCOMES(0x00, 0x01, 0x11)
}
;
LITMUS(mp_acquire_fence, "mp-acquire-fence", "release, relaxed load and fence", SCENARIO_WEAK, two, 2, mp_send_release,
       mp_take_fence)
OUTCOMES(0x00, 0x01, 0x11)
}
;
LITMUS(mp_both_fences, "mp-fences", "fence and relaxed store, relaxed load and fence", SCENARIO_WEAK, two, 2,
       mp_send_fence, mp_take_fence)
OUTCOMES(0x00, 0x01, 0x11)
}
;
LITMUS(mp_add, "mp-add-release", "a read-modify-write that releases", SCENARIO_WEAK, two, 2, mp_send_add,
       mp_take_acquire)
OUTCOMES(0x00, 0x01, 0x11)
}
;

/* Coherence: one location never goes back. */
LITMUS_THREAD(co_write, port_u32_store_relaxed(&l->x, 1); port_u32_store_relaxed(&l->x, 2);)
LITMUS_THREAD(co_read, r[0] = port_u32_load_relaxed(&l->x); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(co_write_read, port_u32_store_relaxed(&l->x, 2); r[0] = port_u32_load_relaxed(&l->x);
              r[1] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(co_write_one, port_u32_store_relaxed(&l->x, 1);)

LITMUS(corr, "corr", "coherence of reads", SCENARIO_WEAK, two, 2, co_write, co_read)
OUTCOMES(0x00, 0x01, 0x02, 0x11, 0x12, 0x22)
}
;
LITMUS(cowr, "cowr", "coherence of a read after one's own write", SCENARIO_WEAK, two, 2, co_write_one, co_write_read)
OUTCOMES(0x11, 0x21, 0x22)
}
;

/* Atomicity. */
LITMUS_THREAD(add_a, r[0] = port_u32_add_relaxed(&l->x, 1);)
LITMUS_THREAD(add_b, r[1] = port_u32_add_relaxed(&l->x, 1);)
LITMUS_THREAD(add_c, r[2] = port_u32_add_relaxed(&l->x, 1);)
LITMUS(add, "add", "three increments, each sees another number", SCENARIO_SC | SCENARIO_WEAK, three, 3, add_a, add_b,
       add_c)
OUTCOMES(0x012, 0x021, 0x102, 0x120, 0x201, 0x210)
}
;

LITMUS_THREAD(swap_a, uint32_t seen = 0; r[0] = port_u32_cas_relaxed(&l->x, &seen, 1); r[2] = seen;)
LITMUS_THREAD(swap_b, uint32_t seen = 1; r[1] = port_u32_cas_relaxed(&l->x, &seen, 2); (void)seen;)
LITMUS(cas, "cas", "a failed compare-and-swap may have seen an old value", SCENARIO_WEAK, three, 2, swap_a, swap_b)
OUTCOMES(0x100, 0x110)
}
;
LITMUS(cas_spurious, "cas-spurious", "a weak one fails for no reason, too", SCENARIO_WEAK, three, 2, swap_a, swap_b)
OUTCOMES(0x000, 0x100, 0x110), .spurious = 1
}
;

/* Load buffering needs a store to be seen before it is made: it never is. */
LITMUS_THREAD(lb_a, r[0] = port_u32_load_relaxed(&l->y); port_u32_store_relaxed(&l->x, 1);)
LITMUS_THREAD(lb_b, r[1] = port_u32_load_relaxed(&l->x); port_u32_store_relaxed(&l->y, 1);)
LITMUS(lb, "lb", "load buffering is not modelled", SCENARIO_WEAK, two, 2, lb_a, lb_b) OUTCOMES(0x00, 0x01, 0x10)
}
;

scenario_list litmus_scenarios = {
	&sb_sc_memory,
	&sb_relaxed,
	&sb_acq_rel,
	&sb_seq_cst,
	&sb_fence,
	&sb_one_fence,
	&sb_light_heavy,
	&sb_alone,
	&sb_light,
	&sb_light_fence,
	&sb_mixed,
	&sb_xchg,
	&sb_rmw,
	&mp_relaxed,
	&mp_release_only,
	&mp_acquire_only,
	&mp_acq_rel,
	&mp_acquire_fence,
	&mp_both_fences,
	&mp_add,
	&corr,
	&cowr,
	&add,
	&cas,
	&cas_spurious,
	&lb,
	NULL,
};
