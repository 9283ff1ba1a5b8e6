/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* litmus_order.c - three and four threads: independent readers, causality, release sequences, grace periods. */
#include "litmus.h"

LITMUS_CHECK(two, 2)
LITMUS_CHECK(three, 3)
LITMUS_CHECK(four, 4)

/* Independent reads of independent writes: do all agree on the order of two stores? */
LITMUS_THREAD(iriw_x_relaxed, port_u32_store_relaxed(&l->x, 1);)
LITMUS_THREAD(iriw_y_relaxed, port_u32_store_relaxed(&l->y, 1);)
LITMUS_THREAD(iriw_x_release, port_u32_store_release(&l->x, 1);)
LITMUS_THREAD(iriw_y_release, port_u32_store_release(&l->y, 1);)
LITMUS_THREAD(iriw_x_seq_cst, port_u32_store_seq_cst(&l->x, 1);)
LITMUS_THREAD(iriw_y_seq_cst, port_u32_store_seq_cst(&l->y, 1);)
LITMUS_THREAD(iriw_xy_acquire, r[0] = port_u32_load_acquire(&l->x); r[1] = port_u32_load_acquire(&l->y);)
LITMUS_THREAD(iriw_yx_acquire, r[2] = port_u32_load_acquire(&l->y); r[3] = port_u32_load_acquire(&l->x);)
LITMUS_THREAD(iriw_xy_seq_cst, r[0] = port_u32_load_seq_cst(&l->x); r[1] = port_u32_load_seq_cst(&l->y);)
LITMUS_THREAD(iriw_yx_seq_cst, r[2] = port_u32_load_seq_cst(&l->y); r[3] = port_u32_load_seq_cst(&l->x);)
LITMUS_THREAD(iriw_xy_fence, r[0] = port_u32_load_relaxed(&l->x); port_fence_seq_cst();
              r[1] = port_u32_load_relaxed(&l->y);)
LITMUS_THREAD(iriw_yx_fence, r[2] = port_u32_load_relaxed(&l->y); port_fence_seq_cst();
              r[3] = port_u32_load_relaxed(&l->x);)

#define IRIW_AGREED                                                                                             \
	0x0000, 0x0001, 0x0010, 0x0011, 0x0100, 0x0101, 0x0110, 0x0111, 0x1000, 0x1001, 0x1011, 0x1100, 0x1101, \
		0x1110, 0x1111

LITMUS(iriw_acquire, "iriw-acq-rel", "readers that acquire need not agree", SCENARIO_WEAK, four, 4, iriw_x_release,
       iriw_y_release, iriw_xy_acquire, iriw_yx_acquire)
OUTCOMES(0x0000, 0x0001, 0x0010, 0x0011, 0x0100, 0x0101, 0x0110, 0x0111, 0x1000, 0x1001, 0x1010, 0x1011, 0x1100, 0x1101,
         0x1110, 0x1111)
}
;
LITMUS(iriw_seq_cst, "iriw-seq-cst", "seq_cst readers of seq_cst stores agree", SCENARIO_WEAK, four, 4, iriw_x_seq_cst,
       iriw_y_seq_cst, iriw_xy_seq_cst, iriw_yx_seq_cst)
OUTCOMES(IRIW_AGREED)
}
;
LITMUS(iriw_fence, "iriw-fence", "readers with fences agree", SCENARIO_WEAK, four, 4, iriw_x_relaxed, iriw_y_relaxed,
       iriw_xy_fence, iriw_yx_fence)
OUTCOMES(IRIW_AGREED)
}
;
LITMUS(iriw_one_side, "iriw-stores-not-seq-cst", "seq_cst readers of other stores need not", SCENARIO_WEAK, four, 4,
       iriw_x_release, iriw_y_release, iriw_xy_seq_cst, iriw_yx_seq_cst)
OUTCOMES(0x0000, 0x0001, 0x0010, 0x0011, 0x0100, 0x0101, 0x0110, 0x0111, 0x1000, 0x1001, 0x1010, 0x1011, 0x1100, 0x1101,
         0x1110, 0x1111)
}
;

/* What I saw, you see when you see me. */
LITMUS_THREAD(wrc_relay_relaxed, r[0] = port_u32_load_relaxed(&l->x); port_u32_store_relaxed(&l->y, 1);)
LITMUS_THREAD(wrc_relay, r[0] = port_u32_load_acquire(&l->x); port_u32_store_release(&l->y, 1);)
LITMUS_THREAD(wrc_last_relaxed, r[1] = port_u32_load_relaxed(&l->y); r[2] = port_u32_load_relaxed(&l->x);)
LITMUS_THREAD(wrc_last, r[1] = port_u32_load_acquire(&l->y); r[2] = port_u32_load_relaxed(&l->x);)
LITMUS(wrc_relaxed, "wrc-relaxed", "causality is lost", SCENARIO_WEAK, three, 3, iriw_x_relaxed, wrc_relay_relaxed,
       wrc_last_relaxed)
OUTCOMES(0x000, 0x001, 0x010, 0x011, 0x100, 0x101, 0x110, 0x111)
}
;
LITMUS(wrc, "wrc-acq-rel", "causality is kept, even of a relaxed store", SCENARIO_WEAK, three, 3, iriw_x_relaxed,
       wrc_relay, wrc_last)
OUTCOMES(0x000, 0x001, 0x010, 0x011, 0x100, 0x101, 0x111)
}
;

/* A read-modify-write, however relaxed, continues the release sequence of what it replaces; a store does not. */
LITMUS_THREAD(rs_head, port_u32_store_relaxed(&l->x, 1); port_u32_store_release(&l->y, 1);)
LITMUS_THREAD(rs_add, (void)port_u32_add_relaxed(&l->y, 2);)
LITMUS_THREAD(rs_store, port_u32_store_relaxed(&l->y, 2);)
LITMUS_THREAD(rs_tail, r[0] = port_u32_load_acquire(&l->y); r[1] = port_u32_load_relaxed(&l->x);)
LITMUS(rs, "release-sequence", "1 or 3 was released, 2 alone was not", SCENARIO_WEAK, two, 3, rs_head, rs_add, rs_tail)
OUTCOMES(0x00, 0x01, 0x11, 0x20, 0x21, 0x31)
}
;
LITMUS(rs_broken, "release-sequence-broken", "after a relaxed store of another thread nothing is released",
       SCENARIO_WEAK, two, 3, rs_head, rs_store, rs_tail)
OUTCOMES(0x00, 0x01, 0x11, 0x20, 0x21)
}
;

/* Read to write causality with a fence in between. */
LITMUS_THREAD(rwc_middle, r[0] = port_u32_load_relaxed(&l->x); port_fence_seq_cst();
              r[1] = port_u32_load_relaxed(&l->y);)
LITMUS_THREAD(rwc_last, port_u32_store_relaxed(&l->y, 1); port_fence_seq_cst(); r[2] = port_u32_load_relaxed(&l->x);)
LITMUS(rwc, "rwc-fence", "fences order what was seen, too", SCENARIO_WEAK, three, 3, iriw_x_relaxed, rwc_middle,
       rwc_last)
OUTCOMES(0x000, 0x001, 0x010, 0x011, 0x101, 0x110, 0x111)
}
;

/* RCU: a read section sees what came before a grace period, or the grace period waits for it. */
LITMUS_THREAD(rcu_write, port_u32_store_relaxed(&l->x, 1); ioasid_port_synchronize(); port_u32_store_relaxed(&l->y, 1);)
LITMUS_THREAD(rcu_write_none, port_u32_store_relaxed(&l->x, 1); port_u32_store_relaxed(&l->y, 1);)
LITMUS_THREAD(rcu_xy, port_read_lock(); r[0] = port_u32_load_relaxed(&l->x); r[1] = port_u32_load_relaxed(&l->y);
              port_read_unlock();)
LITMUS_THREAD(rcu_yx, port_read_lock(); r[0] = port_u32_load_relaxed(&l->y); r[1] = port_u32_load_relaxed(&l->x);
              port_read_unlock();)
LITMUS_THREAD(rcu_plain, r[0] = port_u32_load_relaxed(&l->x); r[1] = port_u32_load_relaxed(&l->y);)
LITMUS(rcu, "rcu", "not the later store without the earlier", SCENARIO_SC | SCENARIO_WEAK, two, 2, rcu_write, rcu_xy)
OUTCOMES(0x00, 0x10, 0x11)
}
;
LITMUS(rcu_back, "rcu-backwards", "nor when read the other way round", SCENARIO_SC | SCENARIO_WEAK, two, 2, rcu_write,
       rcu_yx)
OUTCOMES(0x00, 0x01, 0x11)
}
;
LITMUS(rcu_without, "rcu-no-grace", "without a grace period, both ways", SCENARIO_WEAK, two, 2, rcu_write_none, rcu_xy)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;
LITMUS(rcu_unlocked, "rcu-no-section", "a grace period does not wait for whoever is not in a section", SCENARIO_WEAK,
       two, 2, rcu_write, rcu_plain)
OUTCOMES(0x00, 0x01, 0x10, 0x11)
}
;

scenario_list litmus_order_scenarios = {
	&iriw_acquire, &iriw_seq_cst, &iriw_fence, &iriw_one_side, &wrc_relaxed, &wrc,          &rs,
	&rs_broken,    &rwc,          &rcu,        &rcu_back,      &rcu_without, &rcu_unlocked, NULL,
};
