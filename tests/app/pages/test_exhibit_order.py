from app.pages.exhibit_order import ExhibitOrder


def _order(ids, current=None):
    order = ExhibitOrder()
    order.set_ids(ids, current)
    return order


def test_neighbours_and_place():
    order = _order((7, 3, 9))
    assert (order.before(3), order.after(3)) == (7, 9)
    assert (order.before(7), order.after(9)) == (None, None)
    assert order.words(3) == "2 of 3"


def test_an_exhibit_that_dropped_out_keeps_its_place():
    order = _order((7, 3, 9, 4), 3)
    order.set_ids((7, 9, 4), 3)
    assert order.words(3) == "outside the filter (3 in it)"
    assert (order.before(3), order.after(3)) == (7, 9)
    order.set_ids((7, 4), 3)
    assert (order.before(3), order.after(3)) == (7, 4)


def test_the_last_one_dropping_out_leaves_the_one_before():
    order = _order((7, 3, 9), 9)
    order.set_ids((7,), 9)
    assert (order.before(9), order.after(9)) == (7, None)


def test_nothing_known_leads_nowhere():
    order = _order(())
    assert not order
    assert (order.before(1), order.after(1), order.words(1)) == (None, None, "")
