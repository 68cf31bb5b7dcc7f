DROP TABLE floor_acts, speeches, floor_requests, floors;
