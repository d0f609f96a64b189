-- One rate budget for many machines, version 1. Every call is atomic and uses the server's time.
--
-- KEYS[1]  hash: levels of all limits       KEYS[2]  sorted set: open requests by expiry
-- ARGV     operation, number of limits n, n x (id, kind, amount, window ms, offset ms, headroom percent), then by operation
-- kind     b continuous bucket, s sliding window of 64 slots, c calendar window, o concurrency
-- Returns  admit:   {1, now, ticket id} | {0, wait ms, waiter id} | {-1, limit number, limit}
--          others:  {1}
local hash, open = KEYS[1], KEYS[2]
local SLOTS = 64

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local newest = tonumber(redis.call('HGET', hash, 'now') or now)
-- After a failover the clock may be behind. A little: time stands still. A lot: levels are kept from the new time on.
local set_back = newest - now > 10000
if not set_back then now = math.max(now, newest) end

local function get(field) return tonumber(redis.call('HGET', hash, field)) end
local function set(field, value) redis.call('HSET', hash, field, string.format('%.17g', value)) end

-- What of a limit is admitted at present.
local function effective(limit)
  local usable = math.ceil(limit.amount * limit.usable / 100)
  if limit.rate < 1 then usable = math.max(1, math.floor(usable * limit.rate)) end
  return math.min(usable, limit.amount)
end

local limits, longest = {}, 60000
local count = tonumber(ARGV[2])
local at = 3
for i = 1, count do
  local limit = {
    id = ARGV[at], kind = ARGV[at + 1], amount = tonumber(ARGV[at + 2]), window = tonumber(ARGV[at + 3]),
    offset = tonumber(ARGV[at + 4]), usable = 100 - tonumber(ARGV[at + 5]),
  }
  at = at + 6
  local known = redis.call('HMGET', hash, limit.id .. ':configured', limit.id .. ':amount', limit.id .. ':rate',
    limit.id .. ':refused', limit.id .. ':grown', limit.id .. ':cut')
  -- A limit learned from the provider holds until the configured one changes.
  if known[2] and tonumber(known[1]) == limit.amount then limit.learned = tonumber(known[2]) end
  limit.configured = limit.amount
  limit.amount = limit.learned or limit.amount
  limit.rate, limit.refused = tonumber(known[3] or 1), tonumber(known[4] or 1)
  limit.grown, limit.cut = tonumber(known[5] or 0), tonumber(known[6] or 0)
  if limit.rate < 1 then
    -- 5 % a second up to 90 % of what was refused, 0.1 % a second beyond.
    local left, knee = math.max(0, now - limit.grown), 0.9 * limit.refused
    if limit.rate < knee then
      local fast = math.min(left, (knee - limit.rate) / 0.00005)
      limit.rate, left = limit.rate + fast * 0.00005, left - fast
    end
    limit.rate = math.min(1, limit.rate + left * 0.000001)
    set(limit.id .. ':rate', limit.rate)
    set(limit.id .. ':grown', now)
  end
  limit.effective = effective(limit)
  longest = math.max(longest, limit.window)
  limits[i] = limit
end

-- Brings a limit to the present and reads what is available.
local function advance(limit)
  local id = limit.id
  if limit.kind == 'b' then
    local level, since = get(id .. ':level') or limit.effective, get(id .. ':at') or now
    if set_back then set(id .. ':at', now) end
    if since < now then level = level + (now - since) * limit.effective / limit.window end
    limit.level = math.min(level, limit.effective)
    limit.available = limit.level
  elseif limit.kind == 's' then
    limit.width = math.ceil(limit.window / (SLOTS - 1))
    limit.head = math.floor(now / limit.width)
    limit.used = get(id .. ':used') or 0
    local head = get(id .. ':head') or limit.head
    if set_back and head > limit.head then
      for slot = 0, SLOTS - 1 do redis.call('HDEL', hash, id .. ':' .. slot) end
      set(id .. ':' .. (limit.head % SLOTS), limit.used)
      head = limit.head
    end
    for number = math.max(head + 1, limit.head - SLOTS + 1), limit.head do
      local field = id .. ':' .. (number % SLOTS)
      local expired = get(field)
      if expired then
        limit.used = limit.used - expired
        redis.call('HDEL', hash, field)
      end
    end
    set(id .. ':head', limit.head)
    set(id .. ':used', limit.used)
    limit.available = limit.effective - limit.used
  elseif limit.kind == 'c' then
    limit.period = math.floor((now + limit.window - limit.offset) / limit.window)
    limit.used = get(id .. ':used') or 0
    if (get(id .. ':period') or limit.period) ~= limit.period then limit.used = 0 end
    limit.available = limit.effective - limit.used
  else
    redis.call('ZREMRANGEBYSCORE', open, '-inf', now)
    limit.available = limit.effective - redis.call('ZCARD', open)
  end
end

-- Adds to what is used; negative amounts give back what was taken at `since`.
local function take(limit, amount, since)
  local id = limit.id
  if limit.kind == 'b' then
    limit.level = math.min(limit.level - amount, limit.effective)
    set(id .. ':level', limit.level)
    set(id .. ':at', now)
  elseif limit.kind == 's' then
    local slot = limit.head
    if amount < 0 then
      slot = math.floor(since / limit.width)
      if slot > limit.head or limit.head - slot >= SLOTS then return end
      amount = -math.min(-amount, get(id .. ':' .. (slot % SLOTS)) or 0)
    end
    redis.call('HINCRBY', hash, id .. ':' .. (slot % SLOTS), string.format('%.0f', amount))
    limit.used = limit.used + amount
    set(id .. ':used', limit.used)
  elseif limit.kind == 'c' then
    if amount < 0 and math.floor((since + limit.window - limit.offset) / limit.window) ~= limit.period then return end
    limit.used = math.max(0, limit.used + amount)
    set(id .. ':used', limit.used)
    set(id .. ':period', limit.period)
  end
end

-- Milliseconds until `missing` more are available.
local function wait(limit, missing)
  if limit.kind == 'b' then return math.ceil(missing * limit.window / math.max(1, limit.effective)) end
  if limit.kind == 'c' then return limit.period * limit.window + limit.offset - now end
  if limit.kind == 'o' then return 50 end
  for number = limit.head - SLOTS + 1, limit.head do
    missing = missing - (get(limit.id .. ':' .. (number % SLOTS)) or 0)
    if missing <= 0 then return (number + SLOTS) * limit.width - now end
  end
  return limit.window
end

set('now', now)
for i = 1, count do advance(limits[i]) end

local reply = {1}
if ARGV[1] == 'admit' then
  -- Arguments: lease ms, waiter id (0 for a newcomer), n charges.
  local lease, waiter = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local charges, ahead = {}, {}
  for i = 1, count do
    charges[i] = tonumber(ARGV[at + 1 + i])
    if charges[i] > limits[i].amount then reply = {-1, i, limits[i].amount} end
    ahead[i] = 0
  end
  if reply[1] == 1 then
    -- One waiter has a claim: what it needs is kept free, so that large requests do not starve.
    local claim = redis.call('HMGET', hash, 'claim', 'claim:until', 'claim:charges')
    local holder = tonumber(claim[1])
    if not holder or tonumber(claim[2]) < now then holder = nil end
    if holder and holder ~= waiter then
      local i = 1
      for charge in string.gmatch(claim[3], '[^,]+') do
        ahead[i] = tonumber(charge)
        i = i + 1
      end
    end
    local blocked = (get('blocked') or 0) - now
    local longest_wait, fits = math.max(0, blocked), blocked <= 0
    for i = 1, count do
      local needed = math.min(charges[i], limits[i].effective) + (ahead[i] or 0)
      if needed > limits[i].available then
        fits = false
        longest_wait = math.max(longest_wait, wait(limits[i], needed - limits[i].available))
      end
    end
    if waiter == 0 then waiter = redis.call('HINCRBY', hash, 'ids', 1) end
    if fits then
      for i = 1, count do
        if limits[i].kind == 'o' then
          redis.call('ZADD', open, now + lease, waiter)
          redis.call('PEXPIRE', open, math.max(lease + 60000, redis.call('PTTL', open)))
        else
          take(limits[i], charges[i], now)
        end
      end
      if holder == waiter then redis.call('HDEL', hash, 'claim', 'claim:until', 'claim:charges') end
      reply = {1, now, waiter}
    else
      longest_wait = math.max(1, math.min(longest_wait, 1000))
      if not holder or holder == waiter then
        local texts = {}
        for i = 1, count do texts[i] = string.format('%.0f', charges[i]) end
        redis.call('HSET', hash, 'claim', waiter, 'claim:until', now + longest_wait + 1000, 'claim:charges',
          table.concat(texts, ','))
      end
      reply = {0, longest_wait, waiter}
    end
  end
elseif ARGV[1] == 'settle' then
  -- Arguments: ticket id, time of admission, n x (reserved, kept).
  local since = tonumber(ARGV[at + 1])
  for i = 1, count do
    local reserved, kept = tonumber(ARGV[at + 2 * i]), tonumber(ARGV[at + 2 * i + 1])
    if limits[i].kind == 'o' then
      redis.call('ZREM', open, ARGV[at])
    elseif kept ~= reserved then
      take(limits[i], kept - reserved, since)
    end
  end
elseif ARGV[1] == 'observe' then
  -- Arguments: n x (limit, remaining), -1 where the provider gave none. Only lowers what is available.
  for i = 1, count do
    local limit = limits[i]
    local amount, remaining = tonumber(ARGV[at + 2 * i - 2]), tonumber(ARGV[at + 2 * i - 1])
    if amount >= 0 and amount ~= limit.amount then
      set(limit.id .. ':configured', limit.configured)
      set(limit.id .. ':amount', amount)
      redis.call('HDEL', hash, limit.id .. ':rate', limit.id .. ':refused', limit.id .. ':grown', limit.id .. ':cut')
      -- What remains is of the new limit.
      local before = limit.effective
      limit.amount, limit.rate = amount, 1
      limit.effective = effective(limit)
      limit.available = limit.available + limit.effective - before
      if limit.kind == 'b' then limit.level = limit.available end
    end
    if remaining >= 0 and limit.kind ~= 'o' and remaining < limit.available then
      take(limit, math.ceil(limit.available - remaining), now)
    end
  end
elseif ARGV[1] == 'leave' then
  -- Argument: waiter id.
  if redis.call('HGET', hash, 'claim') == ARGV[at] then
    redis.call('HDEL', hash, 'claim', 'claim:until', 'claim:charges')
  end
elseif ARGV[1] == 'refused' then
  -- Arguments: wait ms, time of admission, n x (1 if the limit may have been the cause).
  local delay, admitted = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  if delay > 0 then set('blocked', math.max(get('blocked') or 0, now + delay)) end
  for i = 1, count do
    local limit = limits[i]
    if ARGV[at + 1 + i] == '1' and (limit.rate >= 1 or admitted > limit.cut) then
      local id = limit.id
      set(id .. ':refused', limit.rate)
      set(id .. ':rate', math.max(0.02, limit.rate / 2))
      set(id .. ':grown', now)
      set(id .. ':cut', now)
    end
  end
end

-- The levels outlive the open requests, whose ids are counted there, and the wait that a provider asked for.
local keep = math.max(2 * longest + 60000, redis.call('PTTL', open), (get('blocked') or 0) - now + 60000)
redis.call('PEXPIRE', hash, string.format('%.0f', keep))
return reply
