"""The sample shop database: deterministic, a few thousand rows, with the faults real databases have.

Faults, all counted in `FAULTS` so that a test can compare: text in a numeric column, an unreadable timestamp,
a negative amount, an order line of an order that does not exist, products never stamped with an update time.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

CUSTOMERS, PRODUCTS, ORDERS = 1_500, 200, 6_000
FAULTS = {
    "orders.amount": 3,
    "orders.ordered_at": 1,
    "orders.negative": 1,
    "order_items.orphan": 2,
    "products.updated_at": 4,
}
"""How many rows carry each fault: the first two cannot be typed and become dead letters."""

_SCHEMA = """
CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    birth_date DATE,
    country TEXT NOT NULL,
    region TEXT,
    marketing_opt_in BOOLEAN NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE products (
    product_id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    weight_kg REAL,
    active BOOLEAN NOT NULL DEFAULT 1,
    updated_at TIMESTAMP
);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    status TEXT NOT NULL,
    amount DECIMAL(10,2) NOT NULL,
    currency TEXT NOT NULL DEFAULT 'EUR',
    gift_note TEXT,
    ordered_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    line_no INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    quantity INTEGER NOT NULL,
    unit_price DECIMAL(10,2) NOT NULL,
    discount_percent REAL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (order_id, line_no)
);
CREATE INDEX orders_updated_at ON orders (updated_at);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX order_items_updated_at ON order_items (updated_at);
CREATE INDEX customers_updated_at ON customers (updated_at);
"""

_GIVEN = (
    "Anna", "José", "Zoë", "Łukasz", "Søren", "Aoife", "Chloé", "Björk", "Мария", "Дмитро", "Ελένη", "محمد",
    "נועה", "अनन्या", "สมชาย", "美咲", "伟", "서연", "Nguyễn", "Kwame", "Thandiwe", "O'Brien", "D’Arcy",
    "Ana María", "Renée 🌸",
)  # fmt: skip
_FAMILY = (
    "García", "Müller", "Østergård", "Kowalska", "Dubois", "Petrova", "Шевченко", "Παπαδόπουλος",
    "العلي", "כהן", "शर्मा", "ศรีสุข", "佐藤", "王", "김", "Trần", "Mensah", "Dlamini",
    "McAllister", "de la Cruz", "Smith", "Åkesson", "Çelik",
)  # fmt: skip
_COUNTRIES = (
    ("DE", "EMEA", 24), ("FR", "EMEA", 14), ("GB", "EMEA", 12), ("PL", "EMEA", 8), ("ZA", "EMEA", 4),
    ("US", "Americas", 18), ("BR", "Americas", 7), ("MX", "Americas", 4),
    ("JP", "APAC", 6), ("KR", "APAC", 3), ("IN", "APAC", 5), ("TH", "APAC", 2),
)  # fmt: skip
_THINGS = {
    "tea": ("Sencha 煎茶", "Earl Grey", "Rooibos", "Chá de hibisco 🌺", "Masala chai चाय"),
    "coffee": ("Café crème ☕", "Yirgacheffe", "Espresso n°5", "Türk kahvesi", 'Decaf "Nocturne"'),
    "kitchen": ("Teapot", "Moka pot", "Grinder 3000", "Cup, 200 ml", "Kettle 🫖"),
    "garden": ("Rosemary", "Tomato 'Marmande'", "Watering can", "Bird house", "Gloves; size M"),
}
_NOTES = (
    "Happy birthday 🎂!",
    "Für Oma",
    "Bonne fête, Zoë",
    "お誕生日おめでとう",
    "ring twice; leave at door",
    'It\'s for "Max"',
)
_STATUSES = (("paid", 78), ("pending", 6), ("shipped", 8), ("cancelled", 5), ("refunded", 3))


def make_shop(path: Path | str, *, seed: int = 7, now: datetime | None = None) -> Path:
    """Write the shop database and return its path; the same seed and time give the same rows.

    Args:
        path: The SQLite file; an existing one is replaced, at once and whole.
        seed: Seed of the random data.
        now: The shop's present time (default: the current hour, so that freshness checks pass); stored times
            are UTC.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    fresh.unlink(missing_ok=True)
    moment = (
        (now or datetime.now(UTC)).astimezone(UTC) if now is None or now.tzinfo else now.replace(tzinfo=UTC)
    )
    database = sqlite3.connect(fresh)
    try:
        database.executescript(_SCHEMA)
        _fill(database, Random(seed), moment.replace(minute=0, second=0, microsecond=0))
        database.commit()
    finally:
        database.close()
    fresh.replace(target)
    return target


def _fill(database: sqlite3.Connection, random: Random, now: datetime) -> None:
    database.executemany(f"INSERT INTO customers VALUES ({', '.join('?' * 10)})", _customers(random, now))
    products = _products(random, now)
    database.executemany(f"INSERT INTO products VALUES ({', '.join('?' * 8)})", products)
    orders, items = _orders(random, now, [float(str(product[4])) for product in products])
    database.executemany(f"INSERT INTO orders VALUES ({', '.join('?' * 8)})", orders)
    database.executemany(f"INSERT INTO order_items VALUES ({', '.join('?' * 7)})", items)


def _customers(random: Random, now: datetime) -> list[tuple[object, ...]]:
    weights = [weight for _, _, weight in _COUNTRIES]
    rows: list[tuple[object, ...]] = []
    for number in range(1, CUSTOMERS + 1):
        country, region, _ = random.choices(_COUNTRIES, weights)[0]
        created = now - timedelta(days=random.uniform(30, 1200))
        updated = created + (now - created) * random.random() ** 2
        rows.append(
            (
                number,
                f"{random.choice(_GIVEN)} {random.choice(_FAMILY)}",
                f"customer{number}@example.{random.choice(('com', 'org', 'net'))}"
                if random.random() > 0.03
                else None,
                f"+{random.randint(1, 99)} {random.randint(100, 999)} {random.randint(10**6, 10**7 - 1)}"
                if random.random() > 0.4
                else None,
                (date(1950, 1, 1) + timedelta(days=random.randint(0, 20_000))).isoformat()
                if random.random() > 0.2
                else None,
                country,
                region if random.random() > 0.02 else None,
                int(random.random() < 0.35),
                _stamp(created),
                _stamp(updated),
            )
        )
    return rows


def _products(random: Random, now: datetime) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for number in range(1, PRODUCTS + 1):
        category = random.choice(list(_THINGS))
        updated = _stamp(now - timedelta(days=random.uniform(0, 300)))
        rows.append(
            (
                number,
                f"{category[:2].upper()}-{number:04d}",
                f"{random.choice(_THINGS[category])} #{number}",
                category,
                round(random.uniform(2, 120), 2),
                round(random.uniform(0.05, 6), 3) if random.random() > 0.1 else None,
                int(random.random() > 0.08),
                None if number <= FAULTS["products.updated_at"] else updated,
            )
        )
    return rows


def _orders(
    random: Random, now: datetime, prices: list[float]
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    moments = sorted(now - timedelta(hours=2, days=365 * random.random() ** 1.3) for _ in range(ORDERS))
    orders: list[tuple[object, ...]] = []
    items: list[tuple[object, ...]] = []
    for number, ordered in enumerate(moments, start=1):
        # Many orders change again long after they were placed: later ids often carry earlier update times.
        delay = timedelta(hours=random.uniform(0, 2) if random.random() < 0.7 else random.uniform(2, 24 * 20))
        updated = _stamp(min(ordered + delay, now))
        lines = random.choices((1, 2, 3, 4, 5, 6), (22, 32, 24, 12, 6, 4))[0]
        total = 0.0
        for line, product in enumerate(random.sample(range(1, PRODUCTS + 1), lines), start=1):
            quantity = random.choices((1, 2, 3, 5), (70, 20, 7, 3))[0]
            discount = random.choice((5.0, 10.0, 15.0)) if random.random() < 0.15 else None
            total += quantity * prices[product - 1] * (1 - (discount or 0) / 100)
            items.append((number, line, product, quantity, prices[product - 1], discount, updated))
        orders.append(
            (
                number,
                random.randint(1, CUSTOMERS),
                random.choices([status for status, _ in _STATUSES], [weight for _, weight in _STATUSES])[0],
                round(total, 2),
                "EUR",
                random.choice(_NOTES) if random.random() < 0.06 else None,
                _stamp(ordered),
                updated,
            )
        )
    _damage(orders, items)
    return orders, items


def _damage(orders: list[tuple[object, ...]], items: list[tuple[object, ...]]) -> None:
    """Put the faults in, at fixed places."""
    for position, text in ((700, "n/a"), (2_500, "12,50 €"), (4_100, "free")):
        orders[position] = (*orders[position][:3], text, *orders[position][4:])
    orders[1_200] = (*orders[1_200][:6], "yesterday-ish", orders[1_200][7])
    orders[3_300] = (*orders[3_300][:2], "paid", -49.9, *orders[3_300][4:])
    for line in (1, 2):
        items.append((ORDERS + 999, line, line, 1, 9.99, None, items[0][6]))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
